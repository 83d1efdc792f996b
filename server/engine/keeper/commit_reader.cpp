#include "server/engine/keeper/commit_reader.hpp"

#include <utility>

namespace avow::server {
namespace {

// What stands behind the label.
ByteView behind_label(ValueView request) {
  const ByteView label = request.label().bytes();
  const std::uint8_t* const end = request.bytes().data() + request.bytes().size();
  return {label.data() + label.size(), end};
}

// The operations and the options, which stand one after another: all that is read.
ByteView what_is_read(ValueView request) {
  const Elements fields = request.elements();
  auto at = fields.begin();
  if (at == fields.end()) return {};
  const std::uint8_t* const first = (*at).bytes().data();
  if (++at == fields.end()) return {};
  const ByteView options = (*at).bytes();
  return {first, options.data() + options.size()};
}

}  // namespace

Result<const CommitRequest*> CommitReader::read(ValueView request, const EngineLimits& limits,
                                                CommitRequest& unkept) {
  // Values end where they say: what begins with these bytes has these operations and options.
  const ByteView rest = behind_label(request);
  const bool is_same = !written_.empty() && rest.size() > written_.size() &&
                       equal(rest.first(written_.size()), written_);
  if (is_same) return &read_;
  const ByteView written = what_is_read(request);
  if (written.size() > kept_bytes_max) {
    AVOW_TRY(unkept, read_commit(request, limits));
    return &unkept;
  }
  written_.clear();
  AVOW_TRY(read_, read_commit(request, limits));
  append(written_, written);
  return &read_;
}

}  // namespace avow::server
