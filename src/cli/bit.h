// The whole of `bit`, apart from main, which stays free of CLI11: it costs seconds to compile.
#pragma once

namespace bitcpp {

/// Parses the command line and runs the command. Returns the exit status.
int run_bit(int argc, char** argv);

}  // namespace bitcpp
