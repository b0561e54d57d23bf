# cmake -DSOURCE=file -DOUTPUT=file.cc -DNAME=kName -P embed_text.cmake: a text file as a constant of C++,
# `extern const std::string_view kName` in namespace bitcpp. The file must not hold `)text"`.
cmake_minimum_required(VERSION 3.25)
file(READ ${SOURCE} content)
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT "#include <string_view>

namespace bitcpp {
extern const std::string_view @NAME@;
const std::string_view @NAME@ = R\"text(@content@)text\";
}  // namespace bitcpp
")
