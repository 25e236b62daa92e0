#include "engine/store/scarce_files.h"

#include <string>

namespace jari {
namespace {

/// RocksDB keeps errno as its text only.
rocksdb::IOStatus as_passing(rocksdb::IOStatus status) {
  if (!status.ok() && status.ToString().find("Too many open files") != std::string::npos) {
    status.SetRetryable(true);
  }
  return status;
}

class ScarceFiles final : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;
  [[nodiscard]] const char* Name() const override { return "JariScarceFiles"; }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    return as_passing(FileSystemWrapper::NewWritableFile(path, options, file, debug));
  }
  rocksdb::IOStatus NewRandomAccessFile(const std::string& path,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* debug) override {
    return as_passing(FileSystemWrapper::NewRandomAccessFile(path, options, file, debug));
  }
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* debug) override {
    return as_passing(FileSystemWrapper::NewDirectory(path, options, directory, debug));
  }
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> scarce_files(
    const std::shared_ptr<rocksdb::FileSystem>& below) {
  return std::make_shared<ScarceFiles>(below);
}

}  // namespace jari
