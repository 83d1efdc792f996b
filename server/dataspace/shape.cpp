#include "server/dataspace/shape.hpp"

namespace avow::server {

Shape::Shape(const Outline& outline, std::uint64_t number, PathTree& tree)
    : key(outline.shape_key()), seed_(scatter(number)) {
  for (const Outline::Constant& constant : outline.constants) {
    constants_.push_back(tree.add(constant.path, PathTree::Use::hashed));
  }
  for (const Bytes& path : outline.existing) {
    existing_.push_back(tree.add(path, PathTree::Use::plain));
  }
  for (const auto& [first, second] : outline.same) {
    same_.emplace_back(tree.add(first, PathTree::Use::plain),
                       tree.add(second, PathTree::Use::plain));
  }
}

void Shape::release(PathTree& tree) const {
  for (const PathId path : constants_) tree.release(path, PathTree::Use::hashed);
  for (const PathId path : existing_) tree.release(path, PathTree::Use::plain);
  for (const auto& [first, second] : same_) {
    tree.release(first, PathTree::Use::plain);
    tree.release(second, PathTree::Use::plain);
  }
}

// The same bytes at another path are another constant.
std::uint64_t Shape::at_path(std::uint64_t hash, PathId path) {
  return scatter(hash + path * 0x9E3779B97F4A7C15ULL);
}

std::uint64_t Shape::hash_of(const Slice* row) const {
  std::uint64_t hash = seed_;
  for (const PathId path : constants_) hash ^= at_path(row[path].hash, path);
  return scatter(hash);
}

std::uint64_t Shape::hash_of(ByteView constants, const KeyedHash& keyed) const {
  std::uint64_t hash = seed_;
  const std::uint8_t* at = constants.data();
  for (const PathId path : constants_) {
    const std::uint8_t* const end = skip_value(at);
    hash ^= at_path(keyed(ByteView(at, end)), path);
    at = end;
  }
  return scatter(hash);
}

bool Shape::has_constants(const Slice* row, ByteView constants) const {
  for (const PathId path : constants_) {
    const ByteView bytes = row[path].bytes();
    if (constants.size() < bytes.size()) return false;
    if (!equal(constants.first(bytes.size()), bytes)) return false;
    constants = constants.subspan(bytes.size());
  }
  return constants.empty();
}

CaptureForm::CaptureForm(const Outline& outline) : key(outline.captures_key()) {
  for (const Bytes& path : outline.captures) {
    captures_.push_back(tree_.add(path, PathTree::Use::plain));
  }
  find_fields(outline);
}

void CaptureForm::find_fields(const Outline& outline) {
  for (const Bytes& path : outline.captures) {
    if (path.empty() || path.front() != static_cast<std::uint8_t>(StepKind::field)) {
      return fields_.clear();
    }
    const std::uint8_t* at = path.data() + 1;
    const std::uint64_t field = read_varint(at);
    const bool is_inner = at != path.data() + path.size();
    if (is_inner || (!fields_.empty() && fields_.back() >= field)) return fields_.clear();
    fields_.push_back(field);
  }
}

}  // namespace avow::server
