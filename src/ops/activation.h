// Activation functions as the model sees them: Relu and Tanh of the head, Activate for the feed-forward layers.
#pragma once

#include "kernels/activation.h"
