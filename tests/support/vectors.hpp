#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "avow/base/bytes.hpp"

// The examples of schemas/vectors, which other programs made: what several implementations of a
// format must agree on. README.md beside them says what the fields of each file mean.

namespace avow::test {

/// One case of a vector file. A field that is missing or of another kind throws, which fails the
/// test that asked for it.
class VectorCase {
 public:
  explicit VectorCase(boost::json::object fields) : fields_(std::move(fields)) {}

  [[nodiscard]] std::string name() const { return text("name"); }
  [[nodiscard]] std::string group() const { return text("group"); }
  [[nodiscard]] bool has(std::string_view field) const { return fields_.contains(field); }
  [[nodiscard]] bool boolean(std::string_view field) const;
  [[nodiscard]] std::uint64_t number(std::string_view field) const;
  [[nodiscard]] std::string text(std::string_view field) const;
  [[nodiscard]] std::vector<std::string> texts(std::string_view field) const;
  /// A field that holds hex digits.
  [[nodiscard]] Bytes bytes(std::string_view field) const;
  [[nodiscard]] std::vector<Bytes> all_bytes(std::string_view field) const;
  /// A field that holds an array of objects.
  [[nodiscard]] std::vector<VectorCase> cases(std::string_view field) const;
  [[nodiscard]] const boost::json::object& json() const { return fields_; }

 private:
  boost::json::object fields_;
};

/// The cases of `file`, such as "patterns.json". A file that is missing, broken or empty stops the
/// program.
[[nodiscard]] std::vector<VectorCase> read_vectors(std::string_view file);

[[nodiscard]] Bytes from_hex(std::string_view digits);
[[nodiscard]] std::string to_hex(ByteView bytes);

}  // namespace avow::test
