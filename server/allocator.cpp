// How jemalloc is to work in the server: it reads this symbol when the program starts. Memory that
// a crowd has left behind goes back to the system even if nobody comes after it: a thread of its
// own sees to that, ten seconds later.

extern "C" const char* malloc_conf;
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): so jemalloc wants it.
const char* malloc_conf = "background_thread:true";
