#include "cli/train/bit_train.h"

int main(int argc, char** argv) { return bitcpp::run_bit_train(argc, argv); }
