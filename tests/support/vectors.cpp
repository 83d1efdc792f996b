#include "tests/support/vectors.hpp"

#include <boost/algorithm/hex.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

namespace avow::test {
namespace {

namespace json = boost::json;

[[noreturn]] void stop(const std::string& path, const std::string& reason) {
  std::fprintf(stderr, "%s: %s\n", path.c_str(), reason.c_str());
  std::abort();
}

std::string read_file(const std::string& path) {
  const std::ifstream file(path, std::ios::binary);
  if (!file) stop(path, "cannot be read");
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

std::string string_of(const json::value& value) { return json::value_to<std::string>(value); }

template <class Make>
auto each(const json::value& array, const Make& make) {
  std::vector<decltype(make(array))> made;
  for (const json::value& element : array.as_array()) made.push_back(make(element));
  return made;
}

}  // namespace

bool VectorCase::boolean(std::string_view field) const { return fields_.at(field).as_bool(); }
std::uint64_t VectorCase::number(std::string_view field) const {
  return fields_.at(field).to_number<std::uint64_t>();
}
std::string VectorCase::text(std::string_view field) const { return string_of(fields_.at(field)); }
std::vector<std::string> VectorCase::texts(std::string_view field) const {
  return each(fields_.at(field), string_of);
}
Bytes VectorCase::bytes(std::string_view field) const { return from_hex(text(field)); }
std::vector<Bytes> VectorCase::all_bytes(std::string_view field) const {
  return each(fields_.at(field), [](const json::value& hex) { return from_hex(string_of(hex)); });
}
std::vector<VectorCase> VectorCase::cases(std::string_view field) const {
  return each(fields_.at(field),
              [](const json::value& one) { return VectorCase(one.as_object()); });
}

std::vector<VectorCase> read_vectors(std::string_view file) {
  const std::string path = std::string(AVOW_VECTORS "/").append(file);
  boost::system::error_code error;
  const json::value parsed = json::parse(read_file(path), error);
  if (error) stop(path, error.message());
  std::vector<VectorCase> cases =
      each(parsed, [](const json::value& one) { return VectorCase(one.as_object()); });
  if (cases.empty()) stop(path, "holds no cases");
  return cases;
}

Bytes from_hex(std::string_view digits) {
  Bytes bytes;
  boost::algorithm::unhex(digits, std::back_inserter(bytes));
  return bytes;
}

std::string to_hex(ByteView bytes) {
  std::string digits;
  boost::algorithm::hex_lower(bytes.begin(), bytes.end(), std::back_inserter(digits));
  return digits;
}

}  // namespace avow::test
