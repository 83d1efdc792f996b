#pragma once

#include <span>
#include <string_view>

// The page that a server shows at `/`, as files that it carries inside itself.

namespace avow::inspector {

struct File {
  std::string_view path;  ///< As the browser asks for it: `/`, `/avow.js`.
  std::string_view content_type;
  std::string_view content;
};

[[nodiscard]] std::span<const File> files();

}  // namespace avow::inspector
