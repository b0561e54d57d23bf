// report.html: one self-contained page about a run.
#pragma once

#include <filesystem>
#include <string>

#include "report/run_record.h"

namespace bitcpp {

/// The page: no network, no file beside it; style for light and dark, drawings as inline SVG, a
/// few lines of script that show values under the pointer.
std::string report_page(const RunRecord& run);

/// Reads `folder` and writes `folder`/report.html. Returns the page's path.
/// Throws Error as read_run does.
std::filesystem::path write_report(const std::filesystem::path& folder);

}  // namespace bitcpp
