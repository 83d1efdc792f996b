#pragma once

#include "cli/options.hpp"

// What the command does, verb by verb. Each runs to its end and returns the exit status.

namespace avow::cli {

[[nodiscard]] int run(WatchOptions options);
[[nodiscard]] int run(PublishOptions options);
[[nodiscard]] int run(SendOptions options);
[[nodiscard]] int run(QueryOptions options);
[[nodiscard]] int run(WaitOptions options);
[[nodiscard]] int run(RawOptions options);
[[nodiscard]] int run(StatusOptions options);
[[nodiscard]] int run(MintOptions options);
[[nodiscard]] int run(AttenuateOptions options);
[[nodiscard]] int run(ShowOptions options);
[[nodiscard]] int run(ServeOptions options);
[[nodiscard]] int run(BackupOptions options);
[[nodiscard]] int run(DemoOptions options);
[[nodiscard]] int run(KeepOptions options);
[[nodiscard]] int run(TakeOptions options);
[[nodiscard]] int run(ExportOptions options);
[[nodiscard]] int run(ImportOptions options);
[[nodiscard]] int run(BenchOptions options);
[[nodiscard]] int run(CompletionOptions options);

}  // namespace avow::cli
