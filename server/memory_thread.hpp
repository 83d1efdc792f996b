#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

#include "server/base/memory.hpp"

// Keeps some large pages of memory ready, beside the event loop.

namespace avow::server {

class MemoryThread final : public ReadyPages {
 public:
  /// So many are kept ready: those that a large table takes at once when it doubles.
  static constexpr std::size_t pages_ready = 3;

  /// From now on it is the one that has ready pages in this process, until it ends.
  MemoryThread();
  ~MemoryThread();
  MemoryThread(const MemoryThread&) = delete;
  MemoryThread& operator=(const MemoryThread&) = delete;

  [[nodiscard]] void* take() override;
  /// Waits until all are ready.
  void wait_until_ready();

 private:
  void run();
  [[nodiscard]] bool wants_page();
  void keep(void* page);

  std::mutex mutex_;
  std::condition_variable taken_;
  std::condition_variable made_;
  std::vector<void*> ready_;
  bool is_end_ = false;
  std::thread thread_;  // Last: it uses the rest.
};

}  // namespace avow::server
