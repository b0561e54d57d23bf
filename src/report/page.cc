#include "report/page.h"

#include "base/file.h"
#include "report/markup.h"
#include "report/sections.h"
#include "report/style.h"

namespace bitcpp {
namespace {

/// File names alone: paths are nobody's business whom the page is sent to.
std::string input_name(const RunRecord& run, const char* key) {
  return std::filesystem::path(text_at(run.inputs, key)).filename().string();
}

std::string heading(const RunRecord& run) {
  std::string html = "<h1>" + escaped(run.name) + "</h1>\n<p class=\"soft\">";
  const std::string recipe = text_at(run.result, "recipe");
  if (!recipe.empty()) html += "Recipe " + escaped(recipe) + ". ";
  if (run.inputs.is_object())
    html += "Backbone " + escaped(input_name(run, "model")) + ", trained on " +
            escaped(input_name(run, "train")) + ", measured on " + escaped(input_name(run, "dev")) +
            ". ";
  if (run.result.is_null()) html += "The run has not ended yet.";
  html += "</p>\n";
  if (!run.recipe.empty())
    html += "<details><summary>Every setting</summary><pre>" + escaped(run.recipe) +
            "</pre></details>\n";
  return html;
}

}  // namespace

std::string report_page(const RunRecord& run) {
  std::string html =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\">\n<title>" +
      escaped(run.name) + "</title>\n<style>" + std::string(page_style()) +
      "</style></head>\n<body>\n";
  html += heading(run) + result_section(run) + front_section(run) + course_section(run) +
          inside_section(run) + confusion_section(run) + examples_section(run);
  return html + "<div id=\"tip\"></div>\n<script>" + std::string(page_script()) +
         "</script>\n</body></html>\n";
}

std::filesystem::path write_report(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "report.html";
  write_file(path, report_page(read_run(folder)));
  return path;
}

}  // namespace bitcpp
