# What every target of Jari shares: the warnings, the sanitizers, and the two ways to add a room.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(absl REQUIRED)
find_package(RocksDB REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(prometheus-cpp REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(FlatBuffers REQUIRED)
pkg_check_modules(XXHASHLIB REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(LZ4LIB REQUIRED IMPORTED_TARGET liblz4)
pkg_check_modules(RDKAFKALIB REQUIRED IMPORTED_TARGET rdkafka)
pkg_check_modules(PQLIB REQUIRED IMPORTED_TARGET libpq)

add_library(project_options INTERFACE)
target_compile_options(project_options INTERFACE
  -Wall -Wextra -Werror -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wold-style-cast -Wimplicit-fallthrough -fno-strict-aliasing)
target_include_directories(project_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(project_options INTERFACE -march=x86-64-v2)
if(JARI_SANITIZE)
  target_compile_options(project_options INTERFACE
    -fsanitize=${JARI_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(project_options INTERFACE -fsanitize=${JARI_SANITIZE})
  find_program(JARI_MOLD mold)  # links a test in a quarter of the time
  if(JARI_MOLD)
    target_link_options(project_options INTERFACE -fuse-ld=mold)
  endif()
endif()

if(JARI_FUZZ)
  target_compile_options(project_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# What is linked last by tests: no check of each pointer that is used, which are a third of the time
# to compile them (those of the rooms have it).
add_library(test_options INTERFACE)
if(JARI_SANITIZE MATCHES undefined)
  target_compile_options(test_options INTERFACE -fno-sanitize=null,alignment)
endif()

# jari_precompile(TARGET HEADER ...): headers that most of its sources include, and that take longer
# than they do; with JARI_UNITY only, so that who works on them learns of what they forgot to include.
function(jari_precompile target)
  if(JARI_UNITY)
    target_precompile_headers(${target} PRIVATE ${ARGN})
    target_compile_options(${target} PRIVATE -fpch-preprocess)  # for ccache
  endif()
endfunction()

# jari_room(NAME SOURCES a.cc ... [ALONE b.cc ...] HEADERS a.h ... LINKS jari::base ...
#           VENDORS OpenSSL::Crypto ...)
# One room of the house as a static library, jari::NAME. VENDORS are seen by its own .cc files only.
# With JARI_UNITY its sources are compiled a few at a time; those ALONE never are, nor SEPARATE rooms,
# since they give things of their own names that others give, too.
function(jari_room name)
  cmake_parse_arguments(room "SEPARATE" "" "SOURCES;ALONE;HEADERS;LINKS;VENDORS" ${ARGN})
  if(room_SOURCES)
    add_library(jari_${name} STATIC ${room_SOURCES} ${room_ALONE})
    target_link_libraries(jari_${name} PUBLIC project_options ${room_LINKS} PRIVATE ${room_VENDORS})
    set_source_files_properties(${room_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    if(JARI_UNITY AND NOT room_SEPARATE)
      set_target_properties(jari_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    endif()
    target_sources(jari_${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}
      FILES ${room_HEADERS})
  else()
    add_library(jari_${name} INTERFACE)
    target_link_libraries(jari_${name} INTERFACE project_options ${room_LINKS} ${room_VENDORS})
  endif()
  add_library(jari::${name} ALIAS jari_${name})
endfunction()

# jari_test(NAME LABEL unit SOURCES a_test.cc ... [ALONE b_test.cc ...] LINKS jari::base ...)
# One test program; each of its cases is a test of ctest under LABEL. With JARI_UNITY
# its sources are compiled a few at a time, but for those ALONE.
function(jari_test name)
  cmake_parse_arguments(test "" "LABEL" "SOURCES;ALONE;LINKS" ${ARGN})
  add_executable(${name} ${test_SOURCES} ${test_ALONE})
  set_source_files_properties(${test_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  if(JARI_UNITY)
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 6)
  endif()
  target_link_libraries(${name} PRIVATE project_options ${test_LINKS} GTest::gmock_main test_options)
  gtest_discover_tests(${name} PROPERTIES LABELS "${test_LABEL}" DISCOVERY_TIMEOUT 60)
endfunction()
