#pragma once

#include <string>
#include <string_view>

#include "avow/base/result.hpp"

namespace avow {

/// Where a server is: `ws://HOST[:PORT][/PATH]`.
struct Url {
  std::string host;  ///< A name or an address; an IPv6 address without brackets.
  std::string port = "7370";
  std::string path = "/";

  /// Errors: `bad-options`, naming what is wrong.
  [[nodiscard]] static Result<Url> parse(std::string_view text);
  /// Host and port as an HTTP request names them.
  [[nodiscard]] std::string authority() const;
};

}  // namespace avow
