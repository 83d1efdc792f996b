#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "avow/base/check.hpp"

// What went wrong outside of us (client, network, disk, limits) is a value. The names follow
// std::expected, so that C++23 can make `Result` an alias.

namespace avow {

/// Why something failed. `code` is for programs and equals the code on the wire (docs/PROTOCOL.md
/// holds the table); `detail` is one sentence for a person that names the fix where there is one.
struct Error {
  std::string code;
  std::string detail;

  bool operator==(const Error&) const = default;
};

/// A `T`, or the `Error` that stands in its place.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: like expected
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  [[nodiscard]] T& value() & {
    AVOW_CHECK(has_value());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] const T& value() const& {
    AVOW_CHECK(has_value());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] T&& value() && {
    AVOW_CHECK(has_value());
    return std::move(*std::get_if<0>(&state_));
  }
  [[nodiscard]] T& operator*() & { return value(); }
  [[nodiscard]] const T& operator*() const& { return value(); }
  [[nodiscard]] T&& operator*() && { return std::move(*this).value(); }
  [[nodiscard]] T* operator->() { return &value(); }
  [[nodiscard]] const T* operator->() const { return &value(); }

  [[nodiscard]] const Error& error() const& {
    AVOW_CHECK(!has_value());
    return *std::get_if<1>(&state_);
  }
  [[nodiscard]] Error&& error() && {
    AVOW_CHECK(!has_value());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<T, Error> state_;
};

/// Done, or an `Error`.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: like expected

  [[nodiscard]] bool has_value() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }
  void value() const { AVOW_CHECK(has_value()); }

  [[nodiscard]] const Error& error() const& {
    AVOW_CHECK(!has_value());
    return *error_;
  }
  [[nodiscard]] Error&& error() && {
    AVOW_CHECK(!has_value());
    return std::move(*error_);
  }

 private:
  std::optional<Error> error_;
};

}  // namespace avow

#define AVOW_JOIN_INNER(a, b) a##b
#define AVOW_JOIN(a, b) AVOW_JOIN_INNER(a, b)
#define AVOW_TRY_NAMED(result, declaration, expression)      \
  auto result = (expression);                                \
  if (!result.has_value()) return std::move(result).error(); \
  declaration = std::move(result).value()

/// `AVOW_TRY(Row row, read_row(id));` declares `row`, or returns the error to the caller.
#define AVOW_TRY(declaration, expression) \
  AVOW_TRY_NAMED(AVOW_JOIN(avow_try_, __LINE__), declaration, expression)

/// `AVOW_TRY_VOID(write_row(row));` goes on, or returns the error to the caller.
#define AVOW_TRY_VOID(expression) \
  if (auto avow_tried = (expression); !avow_tried.has_value()) return std::move(avow_tried).error()
