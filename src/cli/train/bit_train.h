// The whole of `bit-train`, apart from main.
#pragma once

namespace bitcpp {

/// Parses the command line and runs the command. Returns the exit status. May first start the
/// program anew, with other settings of OpenMP.
int run_bit_train(int argc, char** argv);

}  // namespace bitcpp
