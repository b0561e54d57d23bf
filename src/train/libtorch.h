// What bit-train uses of LibTorch: tensors, autograd, devices. torch/torch.h would add nn, optim
// and data, none of which is used here, and double the time of every translation unit (5.3 instead
// of 2.4 s behind a precompiled header).
#pragma once

#include <torch/autograd.h>
#include <torch/cuda.h>
#include <torch/types.h>
#include <torch/utils.h>
