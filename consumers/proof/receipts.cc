#include "consumers/proof/receipts.h"

#include <map>
#include <optional>

#include "consumers/proof/rows.h"

namespace jari::proof {
namespace {

/// A row that is asked for.
struct Found {
  PartitionRef where;
  Offset offset = 0;
  std::uint32_t version = 0;
  std::string record;
};

/// What the row is kept as; nothing: it is not asked for.
using Key = std::optional<std::string>;
Key key_of(const EveryAppointment&, const RowSaid& said) {
  return said.appointment;
}
Key key_of(const OneAppointment& wanted, const RowSaid& said) {
  return said.appointment == wanted.appointment ? Key{said.appointment} : Key{};
}
Key key_of(const OneTicket& wanted, const RowSaid& said) {
  return said.queue == wanted.queue && said.ticket == wanted.ticket ? Key{said.queue} : Key{};
}
Key key_of(const OneRequest& wanted, const RowSaid& said) {
  const bool is_it =
      said.request == wanted.request && (wanted.person.empty() || said.person == wanted.person);
  return is_it ? Key{said.person} : Key{};
}

/// Whether the row takes the place of one that was found before: a later version of an
/// appointment, a later decision of a request. A ticket is given once and then only shown again.
bool is_newer(const WantedReceipt& wanted, const RowSaid& said, const Found& before) {
  return !std::holds_alternative<OneTicket>(wanted) && said.version >= before.version;
}

bool is_of_sync(const WantedReceipt& wanted) {
  return std::holds_alternative<EveryAppointment>(wanted) ||
         std::holds_alternative<OneAppointment>(wanted);
}

class Maker {
 public:
  Maker(const Checkpoint& checkpoint, const LogIdentity& identity, const WantedReceipt& wanted)
      : checkpoint_(checkpoint), identity_(identity), wanted_(wanted) {
    topic_ = is_of_sync(wanted) ? kSyncTopicName : kOutcomesTopicName;
    for (const PartitionRef where : identity.partitions()) {
      if (identity.topics[where.topic].name != topic_) continue;
      ends_[where] = checkpoint.find(topic_, where.partition)->size;
      trees_.try_emplace(where);
    }
  }

  [[nodiscard]] const Ends& ends() const { return ends_; }

  void take(const LogRecord& record) {
    trees_.at(record.where).add(leaf_hash(record.bytes));
    if (record.is_forged) return;
    auto said = read_row(topic_, record.bytes);
    if (!said) return;  // genesis, or what a log has that nobody can read
    const auto key = std::visit([&](const auto& one) { return key_of(one, *said); }, wanted_);
    if (!key) return;
    const auto [at, is_new] = found_.try_emplace(*key);
    if (!is_new && !is_newer(wanted_, *said, at->second)) return;
    at->second = {record.where, record.offset, said->version, std::string(text_of(record.bytes))};
  }

  /// The trees are those of the checkpoint, and what was found is what was asked for.
  [[nodiscard]] Result<void> check() const {
    for (const auto& [where, tree] : trees_) {
      if (tree.root() == checkpoint_.find(topic_, where.partition)->root) continue;
      return Error{ErrorCode::LogMismatch,
                   std::string(topic_) + " " + std::to_string(where.partition) +
                       " is no longer what the checkpoint says; `jari audit --checkpoint` tells "
                       "more"};
    }
    if (found_.empty() && !std::holds_alternative<EveryAppointment>(wanted_)) {
      return Error{ErrorCode::NotFound, "there is no such record below the checkpoint of " +
                                            to_text(checkpoint_.time) +
                                            "; a later one may cover it"};
    }
    if (found_.size() > 1 && std::holds_alternative<OneRequest>(wanted_)) {
      return Error{ErrorCode::BadArgument,
                   std::to_string(found_.size()) + " people used that request id; name one"};
    }
    return {};
  }

  [[nodiscard]] Result<std::uint64_t> give_all(const GiveReceipt& give) const {
    for (const auto& [key, row] : found_) {
      Receipt receipt;
      receipt.log = checkpoint_.log;
      receipt.checkpoint = hash_of(checkpoint_);
      receipt.topic = topic_;
      receipt.partition = row.where.partition;
      receipt.offset = row.offset;
      receipt.size = ends_.at(row.where);
      receipt.says = said_by(topic_, bytes_of(row.record)).value();
      receipt.record = row.record;
      receipt.proof = trees_.at(row.where).proof(row.offset);
      if (auto given = give(key, receipt); !given) return given.error();
    }
    return found_.size();
  }

 private:
  const Checkpoint& checkpoint_;
  const LogIdentity& identity_;
  const WantedReceipt& wanted_;
  std::string_view topic_;
  Ends ends_;
  std::map<PartitionRef, MerkleTree> trees_;
  std::map<std::string, Found> found_;
};

}  // namespace

Result<std::uint64_t> make_receipts(Log& log, const Checkpoint& checkpoint,
                                    const WantedReceipt& wanted, const Wait& wait,
                                    const GiveReceipt& give) {
  const auto first = first_incarnation(log, wait);
  if (!first) return first.error();
  if (auto is_of = check_is_of(checkpoint, log.identity(), *first); !is_of) return is_of.error();
  Maker maker(checkpoint, log.identity(), wanted);
  for (const auto& [where, end] : maker.ends()) {
    if (log.end(where) >= end) continue;
    return Error{ErrorCode::LogMismatch,
                 "the log is shorter than the checkpoint; `jari audit "
                 "--checkpoint` tells more"};
  }
  const auto read =
      read_up_to(log, maker.ends(), wait, [&](const LogRecord& record) { maker.take(record); });
  if (!read) return read.error();
  if (auto checked = maker.check(); !checked) return checked.error();
  return maker.give_all(give);
}

}  // namespace jari::proof
