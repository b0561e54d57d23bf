#include "cli/bit.h"

int main(int argc, char** argv) { return bitcpp::run_bit(argc, argv); }
