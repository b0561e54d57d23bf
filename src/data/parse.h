// read_dataset without the disk: what fuzzing and tests call.
#pragma once

#include <filesystem>
#include <string_view>

#include "data/dataset.h"

namespace bitcpp {

enum class DataFormat { kTsv, kCsv, kJsonLines, kJson, kText, kConll };

/// The data set in `bytes`; `path` only names it in errors. Throws as read_dataset does.
Dataset parse_dataset(const std::filesystem::path& path, std::string_view bytes, DataFormat format,
                      const ColumnMap& columns = {});

}  // namespace bitcpp
