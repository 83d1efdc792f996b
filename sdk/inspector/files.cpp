#include "inspector/files.hpp"

#include <array>

extern "C" {
extern const char avow_index_html[];
extern const char avow_index_html_end[];
extern const char avow_script_js[];
extern const char avow_script_js_end[];
extern const char avow_style_css[];
extern const char avow_style_css_end[];
extern const char avow_icon_svg[];
extern const char avow_icon_svg_end[];
}

namespace avow::inspector {

std::span<const File> files() {
  static const std::array all = {
      File{"/", "text/html; charset=utf-8", {avow_index_html, avow_index_html_end}},
      File{"/avow.js", "text/javascript; charset=utf-8", {avow_script_js, avow_script_js_end}},
      File{"/style.css", "text/css; charset=utf-8", {avow_style_css, avow_style_css_end}},
      File{"/icon.svg", "image/svg+xml", {avow_icon_svg, avow_icon_svg_end}},
  };
  return all;
}

}  // namespace avow::inspector
