#include "server/engine/keeper/commit_reader.hpp"

#include <utility>

namespace avow::server {
namespace {

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
  const ByteView written = what_is_read(request);
  if (written.size() > kept_bytes_max) {
    AVOW_TRY(unkept, read_commit(request, limits));
    return &unkept;
  }
  if (!written.empty() && equal(written, written_)) return &read_;
  written_.clear();
  AVOW_TRY(read_, read_commit(request, limits));
  append(written_, written);
  return &read_;
}

}  // namespace avow::server
