#pragma once

#include <gtest/gtest.h>
#include <memory>

#include "server/store/journal.hpp"

namespace avow::server {

/// Opens a journal in the place of another, and recovers. A failure is the test's.
template <class JournalKind, class Options>
HistoryStart open_again(std::unique_ptr<JournalKind>& journal, const Options& options,
                        RecoverySink& sink) {
  journal.reset();
  auto opened = JournalKind::open(options);
  if (!opened) {
    ADD_FAILURE() << opened.error().detail;
    return {};
  }
  journal = *std::move(opened);
  const auto recovered = journal->recover(sink);
  if (!recovered) ADD_FAILURE() << recovered.error().detail;
  return recovered ? *recovered : HistoryStart{};
}

}  // namespace avow::server
