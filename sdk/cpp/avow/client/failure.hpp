#pragma once

#include <exception>
#include <string>

#include "avow/base/result.hpp"

// Inside, what went wrong is a value (`Result`). At the edge that users see, awaitables and the
// blocking facade throw it.

namespace avow {

/// What awaitables and blocking calls throw: the error that callbacks are given.
/// Codes that the SDK itself makes: `no-server` (nobody answers at the URL, or what answers is no
/// Avow server), `refused` (the server will not open the space), `token-failed`, `link-lost`,
/// `link-down` (nothing was sent), `outcome-unknown` (sent, and the link went before the answer),
/// `timeout`, `closed` (by this program), `retracted`, `stale-reference`, `would-block`,
/// `callback-failed`, `bad-options`, `bad-item` (a taken item of other types than the struct's),
/// `bad-answer`. All others are the server's (docs/PROTOCOL.md).
class Failure : public std::exception {
 public:
  explicit Failure(Error error)
      : error_(std::move(error)), what_(error_.code + ": " + error_.detail) {}

  [[nodiscard]] const Error& error() const { return error_; }
  [[nodiscard]] const std::string& code() const { return error_.code; }
  [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }

 private:
  Error error_;
  std::string what_;
};

/// The value, or the error thrown.
template <class T>
T value_or_throw(Result<T> result) {
  if (!result.has_value()) throw Failure(std::move(result).error());
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

}  // namespace avow
