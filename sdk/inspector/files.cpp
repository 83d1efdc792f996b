#include "inspector/files.hpp"

#include <array>

extern "C" {
extern const char avow_index_html[];
extern const char avow_index_html_end[];
extern const char avow_avow_js[];
extern const char avow_avow_js_end[];
extern const char avow_style_css[];
extern const char avow_style_css_end[];
}

namespace avow::inspector {

std::span<const File> files() {
  static const std::array all = {
      File{"/", "text/html; charset=utf-8", {avow_index_html, avow_index_html_end}},
      File{"/avow.js", "text/javascript; charset=utf-8", {avow_avow_js, avow_avow_js_end}},
      File{"/style.css", "text/css; charset=utf-8", {avow_style_css, avow_style_css_end}},
  };
  return all;
}

}  // namespace avow::inspector
