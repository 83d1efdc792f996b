// Nothing but a place for the headers that CMakeLists.txt names.
