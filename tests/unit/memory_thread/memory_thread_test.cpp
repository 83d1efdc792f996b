#include "server/memory_thread.hpp"

#include <algorithm>
#include <cstdint>
#include <gtest/gtest.h>
#include <memory>
#include <sys/mman.h>
#include <vector>

namespace avow::server {
namespace {

class Page {
 public:
  Page() : memory_(allocate_memory(large_page_bytes)) {}
  ~Page() { free_memory(memory_, large_page_bytes); }
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

  [[nodiscard]] std::uint8_t* bytes() const { return static_cast<std::uint8_t*>(memory_); }
  [[nodiscard]] bool is_handed_out() const {
    constexpr std::size_t small_page_bytes = 4'096;
    std::vector<std::uint8_t> pages(large_page_bytes / small_page_bytes);
    EXPECT_EQ(mincore(memory_, large_page_bytes, pages.data()), 0);
    return std::all_of(pages.begin(), pages.end(), [](std::uint8_t page) { return page != 0; });
  }

 private:
  void* memory_;
};

TEST(MemoryThread, HasPagesHandedOutBeforeTheyAreUsed) {
  MemoryThread thread;

  for (std::size_t i = 0; i < 2 * MemoryThread::pages_ready; ++i) {
    thread.wait_until_ready();
    const Page page;
    EXPECT_TRUE(page.is_handed_out());
  }
}

TEST(MemoryThread, WhoTakesMoreThanAreReadyHasThemFromTheSystem) {
  MemoryThread thread;
  thread.wait_until_ready();
  std::vector<Page> pages(10 * MemoryThread::pages_ready);

  for (const Page& page : pages) page.bytes()[large_page_bytes - 1] = 7;

  for (const Page& page : pages) EXPECT_EQ(page.bytes()[large_page_bytes - 1], 7);
}

TEST(MemoryThread, PagesOutliveIt) {
  auto thread = std::make_unique<MemoryThread>();
  thread->wait_until_ready();
  const Page page;
  thread.reset();
  const Page later;

  page.bytes()[0] = 1;
  later.bytes()[0] = 2;

  EXPECT_EQ(page.bytes()[0] + later.bytes()[0], 3);
}

TEST(MemoryThread, EndsWhileItMakesPages) {
  for (int i = 0; i < 20; ++i) {
    MemoryThread thread;
    if (void* const page = thread.take()) free_memory(page, large_page_bytes);
  }
}

}  // namespace
}  // namespace avow::server
