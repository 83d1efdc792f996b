#include "server/inspect/metrics.hpp"

#include <gtest/gtest.h>
#include <sstream>

#include "tests/unit/inspect/some_engine.hpp"

namespace avow::server {
namespace {

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(Metrics, NameTheVersionThatRuns) {
  const Engine engine(some_engine());

  const std::string text = metrics_text(engine, nullptr);

  EXPECT_NE(text.find("avow_build_info{version=\""), std::string::npos);
}

TEST(Metrics, CountNothingWhereNothingHasHappened) {
  const Engine engine(some_engine());
  Transport transport({}, {}, {});

  const std::string text = metrics_text(engine, &transport);

  for (const char* line :
       {"avow_connections{wire=\"websocket\"} 0", "avow_connections{wire=\"stream\"} 0",
        "avow_facts{durability=\"session\"} 0", "avow_subscriptions 0",
        "avow_turns_total{result=\"applied\"} 0", "avow_turns_total{result=\"refused\"} 0",
        "avow_history_bytes 0", "avow_deliveries_total 0",
        "avow_slow_consumers_total{action=\"cut\"} 0", "avow_queue_bytes 0",
        "avow_connections_cut_total{reason=\"slow-message\"} 0",
        "avow_connections_refused_total{reason=\"foreign-origin\"} 0"}) {
    EXPECT_TRUE(has_line(text, line)) << line;
  }
}

TEST(Metrics, TellTheMemoryOfTheProcessUnderTheNameThatAllProgramsUse) {
  const Engine engine(some_engine());

  const std::string text = metrics_text(engine, nullptr);

  const std::string name = "\nprocess_resident_memory_bytes ";
  const std::size_t at = text.find(name);
  ASSERT_NE(at, std::string::npos);
  EXPECT_GT(std::stod(text.substr(at + name.size())), 1e6);
}

TEST(Metrics, AreDescribedAndBeginWithTheNameOfTheProject) {
  const Engine engine(some_engine());
  Transport transport({}, {}, {});
  std::istringstream lines(metrics_text(engine, &transport));

  std::string previous;
  for (std::string line; std::getline(lines, line); previous = line) {
    if (line.starts_with("# HELP ")) continue;
    if (!line.starts_with("# TYPE process_resident_memory_bytes gauge") &&
        !line.starts_with("process_resident_memory_bytes ")) {
      EXPECT_TRUE(line.starts_with("# TYPE avow_") || line.starts_with("avow_")) << line;
    }
    if (line.starts_with("# TYPE ")) {
      EXPECT_TRUE(previous.starts_with("# HELP ")) << line;
    }
  }
}

TEST(Metrics, OfCountersEndInTotal) {
  const Engine engine(some_engine());
  Transport transport({}, {}, {});
  std::istringstream lines(metrics_text(engine, &transport));

  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("# TYPE ")) continue;
    EXPECT_EQ(line.ends_with(" counter"), line.find("_total ") != std::string::npos) << line;
  }
}

}  // namespace
}  // namespace avow::server
