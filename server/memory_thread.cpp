#include "server/memory_thread.hpp"

#include <sys/mman.h>

namespace avow::server {

MemoryThread::MemoryThread() : thread_([this] { run(); }) { use_ready_pages(this); }

MemoryThread::~MemoryThread() {
  use_ready_pages(nullptr);
  {
    const std::scoped_lock lock(mutex_);
    is_end_ = true;
  }
  taken_.notify_one();
  thread_.join();
  for (void* const page : ready_) free_memory(page, large_page_bytes);
}

void* MemoryThread::take() {
  void* page = nullptr;
  {
    const std::scoped_lock lock(mutex_);
    if (ready_.empty()) return nullptr;
    page = ready_.back();
    ready_.pop_back();
  }
  taken_.notify_one();
  return page;
}

void MemoryThread::wait_until_ready() {
  std::unique_lock lock(mutex_);
  made_.wait(lock, [this] { return ready_.size() == pages_ready; });
}

// A kernel before 5.14 does not know how to hand out pages: then they are handed out when they are
// used, as if there were no such thread.
void MemoryThread::run() {
  while (wants_page()) {
    void* const page = allocate_from_system(large_page_bytes);
    (void)madvise(page, large_page_bytes, MADV_POPULATE_WRITE);
    keep(page);
  }
}

bool MemoryThread::wants_page() {
  std::unique_lock lock(mutex_);
  taken_.wait(lock, [this] { return is_end_ || ready_.size() < pages_ready; });
  return !is_end_;
}

void MemoryThread::keep(void* page) {
  {
    const std::scoped_lock lock(mutex_);
    ready_.push_back(page);
  }
  made_.notify_all();
}

}  // namespace avow::server
