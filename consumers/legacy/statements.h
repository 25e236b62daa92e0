// consumers/legacy/statements.h — the SQL by which rows go into a table, made of its mapping.
//
// Names are quoted, values are parameters: nothing of a document is ever part of a statement.
//
// Errors:  none.
// Threads: pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "consumers/legacy/mapping.h"

namespace jari::legacy {

/// Of each column of the table: its type, as a cast takes it.
using ColumnTypes = std::map<std::string, std::string>;

/// `"appointments"`, `"booking"."appointments"`.
[[nodiscard]] std::string quoted_table(std::string_view table);
[[nodiscard]] std::string quoted(std::string_view name);

/// Parameters: appointments, versions and documents (NULL where no dead letter is known of), then
/// the values of each column; all arrays of texts of one length. A row is written where its version
/// is newer (NULL is older than any), unless its appointment has a dead letter, which it joins
/// then.
[[nodiscard]] std::string upsert_sql(const Mapping& mapping, const ColumnTypes& types);
/// The same where there are no dead letters, for a table that shows the version: parameters are the
/// values alone. It costs the database much less.
[[nodiscard]] std::string plain_upsert_sql(const Mapping& mapping, const ColumnTypes& types);
/// The same where no row is there yet: one that is refuses all.
[[nodiscard]] std::string insert_sql(const Mapping& mapping, const ColumnTypes& types);

inline constexpr std::string_view kColumnsSql =
    "SELECT a.attname, format_type(a.atttypid, -1) FROM pg_attribute a "
    "WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped";

inline constexpr std::string_view kPlacesSql =
    "SELECT partition, incarnation, next_offset FROM jari.sync_places";
inline constexpr std::string_view kStreamsSql =
    "SELECT partition, source_topic, source_partition, seq, hash FROM jari.sync_streams";
inline constexpr std::string_view kMovePlacesSql =
    "INSERT INTO jari.sync_places (partition, incarnation, next_offset) "
    "SELECT p::integer, i, n::bigint FROM unnest($1::text[], $2::text[], $3::text[]) t(p, i, n) "
    "ON CONFLICT (partition) DO UPDATE SET incarnation = EXCLUDED.incarnation, "
    "next_offset = EXCLUDED.next_offset, written_at = now()";
inline constexpr std::string_view kMoveStreamsSql =
    "INSERT INTO jari.sync_streams (partition, source_topic, source_partition, seq, hash) "
    "SELECT p::integer, t::integer, s::integer, q::bigint, h "
    "FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) u(p, t, s, q, h) "
    "ON CONFLICT (partition, source_topic, source_partition) "
    "DO UPDATE SET seq = EXCLUDED.seq, hash = EXCLUDED.hash";

/// A document that is there already stays, and a newer one takes its place.
inline constexpr std::string_view kLettersSql =
    "INSERT INTO jari.dead_letters AS d (appointment, version, document, code, reason) "
    "SELECT a, v::bigint, o, c, r "
    "FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) t(a, v, o, c, r) "
    "ON CONFLICT (appointment) DO UPDATE SET version = EXCLUDED.version, "
    "document = EXCLUDED.document, waiting = d.waiting + 1 WHERE d.version < EXCLUDED.version";
inline constexpr std::string_view kHasLettersSql = "SELECT FROM jari.dead_letters LIMIT 1";
inline constexpr std::string_view kListLettersSql =
    "SELECT appointment, version, document, code, reason, waiting, attempts, "
    "to_char(refused_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') "
    "FROM jari.dead_letters ORDER BY appointment";
inline constexpr std::string_view kTakeLetterSql =
    "DELETE FROM jari.dead_letters WHERE appointment = $1 AND version = $2::bigint "
    "RETURNING appointment";
inline constexpr std::string_view kLetterAgainSql =
    "UPDATE jari.dead_letters SET code = $2, reason = $3, attempts = attempts + 1, "
    "tried_at = now() WHERE appointment = $1";

/// Who syncs has the first for its session; whoever writes rows has the second for a transaction.
inline constexpr std::string_view kBeTheOnlySyncSql =
    "SELECT pg_try_advisory_lock(hashtextextended('jari sync', 0))";
inline constexpr std::string_view kTakeTurnSql =
    "SELECT pg_advisory_xact_lock(hashtextextended('jari rows', 0))";

}  // namespace jari::legacy
