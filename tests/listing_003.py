"""The lines of paper 003's listing (Code implementation) that its claims are about, as printed."""

IMPORTS = """
import numpy as np
import matplotlib.pyplot as plt
import os
import cv2
from keras.datasets import cifar10
from google.colab.patches import cv2_imshow
from keras.layers import Dense, Input, Conv2D, Flatten, Reshape, Conv2DTranspose, Dropout
from keras.models import Model
"""

GRAY = """
def rgb_gray(img):
    gray_img = cv2.cvtColor(img, cv2.COLOR_BGR2GRAY)
    return gray_img
"""

LOADING = """
(x_train, y_train), (x_test, y_test) = cifar10.load_data()
img_dim = x_train.shape[1]
channels = 3
"""

CONVERSION = """
x_train_Gray = []
x_test_Gray = []
for i in range(x_train.shape[0]):
    img = x_train[i]
    x_train_Gray.append(rgb_gray(img))
for i in range(x_test.shape[0]):
    img = x_test[i]
    x_test_Gray.append(rgb_gray(img))
"""

SHAPES = """
x_train_Gray = np.asarray(x_train_Gray)
x_test_Gray = np.asarray(x_test_Gray)
x_train = x_train.reshape(x_train.shape[0], img_dim, img_dim, channels)
x_test = x_test.reshape(x_test.shape[0], img_dim, img_dim, channels)
x_train_Gray = x_train_Gray.reshape(x_train_Gray.shape[0], img_dim, img_dim, 1)
x_test_Gray = x_test_Gray.reshape(x_test_Gray.shape[0], img_dim, img_dim, 1)
input_shape = (img_dim, img_dim, 1)
"""

# The one line in two forms: in the listing, and in the notebook's screenshot.
SHOWN = ("cv2_imshow(x_train_Gray[0])", "cv2.imshow(x_train_Gray[0])")

SCALING = """
x_train = x_train.astype('float32')/255
x_test = x_test.astype('float32')/255
x_train_Gray = x_train_Gray.astype('float32')/255
x_test_Gray = x_test_Gray.astype('float32')/255
"""

ENCODER = """
inputs = Input(shape=input_shape, name='encoder_input')
x = inputs
x = Conv2D(64, (3, 3), strides=2, activation='relu', padding='same')(x)
x = Dropout(0.2)(x)
x = Conv2D(128, (3, 3), strides=2, activation='relu', padding='same')(x)
x = Dropout(0.2)(x)
x = Conv2D(256, (3, 3), strides=2, activation='relu', padding='same')(x)
x = Dropout(0.2)(x)
shape = K.int_shape(x)
x = Flatten()(x)
latent = Dense(lat_dim, name='latent_vector')(x)
encoder = Model(inputs, latent, name='encoder_model')
encoder.summary()
"""

WHOLE = IMPORTS + GRAY + LOADING + CONVERSION + SHAPES + SHOWN[0] + SCALING + ENCODER

#: The rows of the table of the encoder, and their parameters.
TABLE = {
    "encoder_input (Input Layer)": 0,
    "Conv2d_1 (Conv2D)": 640,
    "Conv2d_2 (Conv2D)": 73856,
    "Conv2d_3 (Conv2D)": 295168,
    "Flatten_1 (Flatten)": 0,
    "Latent_vector (Dense)": 1048832,
}
