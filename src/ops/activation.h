// Activation functions between the linear layers of the head, as the model sees them: Relu and Tanh.
#pragma once

#include "kernels/activation.h"
