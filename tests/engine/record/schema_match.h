// tests/engine/record/schema_match.h — holds a plain struct and its table in a .fbs file together.
//
// expect_matches<T>(schema, "jari.schema.T") compares names, order and types of all fields, then
// fills a T with values that differ, writes it, has FlatBuffers' own reflection verify it and reads
// every field back through the schema; those of its structs from where the schema has them.
//
// Errors:  as a test has them.
// Threads: one.
#pragma once

#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "tests/engine/record/binary_schema.h"
#include "tests/engine/record/filler.h"

namespace jari::schema_match {

template <class S>
constexpr bool is_scalar_type(reflection::BaseType type) {
  using reflection::BaseType;
  if constexpr (std::is_same_v<S, std::uint8_t>) {
    return type == BaseType::UByte || type == BaseType::Bool || type == BaseType::UType;
  }
  if constexpr (std::is_same_v<S, std::int8_t>) return type == BaseType::Byte;
  if constexpr (std::is_same_v<S, std::uint16_t>) return type == BaseType::UShort;
  if constexpr (std::is_same_v<S, std::int16_t>) return type == BaseType::Short;
  if constexpr (std::is_same_v<S, std::uint32_t>) return type == BaseType::UInt;
  if constexpr (std::is_same_v<S, std::int32_t>) return type == BaseType::Int;
  if constexpr (std::is_same_v<S, std::uint64_t>) return type == BaseType::ULong;
  if constexpr (std::is_same_v<S, std::int64_t>) return type == BaseType::Long;
  return false;
}

template <HasFields T>
void expect_reads_equal(const Schema& schema, const reflection::Object& table, const T& value,
                        const flatbuffers::Table& read);

/// A struct of the schema: each field where it lies in memory, and nothing between them.
template <class M>
void expect_struct(const Schema& schema, const reflection::Object& object, const M& value,
                   const std::uint8_t* place) {
  EXPECT_TRUE(object.is_struct());
  EXPECT_EQ(static_cast<std::size_t>(object.bytesize()), sizeof value);
  if constexpr (std::is_same_v<M, Hash128>) {
    EXPECT_EQ(std::memcmp(place, &value, sizeof value), 0);
  } else {
    EXPECT_EQ(object.fields()->size(), kFieldCount<M>);
    for_each_field(value, [&](std::string_view name, const auto& member) {
      using Member = std::decay_t<decltype(member)>;
      SCOPED_TRACE(std::string{name});
      const auto* field = object.fields()->LookupByKey(std::string{name}.c_str());
      ASSERT_NE(field, nullptr) << "the struct has no such field";
      const auto* start = reinterpret_cast<const std::uint8_t*>(&value);
      ASSERT_EQ(reinterpret_cast<const std::uint8_t*>(&member) - start, field->offset());
      if constexpr (flat::kIsScalar<Member>) {
        EXPECT_TRUE(is_scalar_type<Member>(field->type()->base_type()));
        EXPECT_EQ(std::memcmp(place + field->offset(), &member, sizeof member), 0);
      } else {
        expect_struct(schema, *schema.table_at(field->type()->index()), member,
                      place + field->offset());
      }
    });
  }
}

template <class M>
void expect_field(const Schema& schema, const reflection::Field& field, const M& member,
                  const flatbuffers::Table& read) {
  using reflection::BaseType;
  const auto type = field.type()->base_type();
  const auto element = field.type()->element();
  const auto* inner =
      field.type()->index() < 0 || (type != BaseType::Obj && element != BaseType::Obj)
          ? nullptr
          : schema.table_at(field.type()->index());
  if constexpr (flat::kIsScalar<M>) {
    using S = decltype(flat::scalar_of(member));
    EXPECT_TRUE(is_scalar_type<S>(type));
    EXPECT_EQ(field.default_integer(), 0);
    EXPECT_EQ(flatbuffers::GetFieldI<S>(read, field), flat::scalar_of(member));
  } else if constexpr (flat::kIsText<M>) {
    ASSERT_EQ(type, BaseType::String);
    EXPECT_EQ(flatbuffers::GetFieldS(read, field)->string_view(), flat::text_in(member));
  } else if constexpr (std::is_same_v<M, Bytes>) {
    ASSERT_EQ(type, BaseType::Vector);
    ASSERT_EQ(element, BaseType::UByte);
    const auto* bytes = flatbuffers::GetFieldV<std::uint8_t>(read, field);
    EXPECT_EQ(text_of(std::as_bytes(std::span{bytes->data(), bytes->size()})), text_of(member));
  } else if constexpr (flat::kIsStruct<M>) {
    ASSERT_EQ(type, BaseType::Obj);
    const std::uint8_t* place = read.GetAddressOf(field.offset());
    ASSERT_NE(place, nullptr);
    if constexpr (flat::kIsOptional<M>) {
      expect_struct(schema, *inner, *member, place);
    } else {
      expect_struct(schema, *inner, member, place);
    }
  } else if constexpr (flat::kIsVector<M>) {
    ASSERT_EQ(type, BaseType::Vector);
    if constexpr (flat::kIsText<typename M::value_type>) {
      ASSERT_EQ(element, BaseType::String);
      const auto* list =
          flatbuffers::GetFieldV<flatbuffers::Offset<flatbuffers::String>>(read, field);
      ASSERT_EQ(list->size(), member.size());
      for (flatbuffers::uoffset_t i = 0; i < list->size(); ++i) {
        EXPECT_EQ(list->Get(i)->string_view(), flat::text_in(member[i]));
      }
    } else {
      ASSERT_EQ(element, BaseType::Obj);
      const auto* list =
          flatbuffers::GetFieldV<flatbuffers::Offset<flatbuffers::Table>>(read, field);
      ASSERT_EQ(list->size(), member.size());
      for (flatbuffers::uoffset_t i = 0; i < list->size(); ++i) {
        expect_reads_equal(schema, *inner, member[i], *list->Get(i));
      }
    }
  } else {
    ASSERT_EQ(type, BaseType::Obj);
    const auto* table = flatbuffers::GetFieldT(read, field);
    ASSERT_NE(table, nullptr);
    if constexpr (flat::kIsOptional<M>) {
      expect_reads_equal(schema, *inner, *member, *table);
    } else {
      expect_reads_equal(schema, *inner, member, *table);
    }
  }
}

template <HasFields T>
void expect_reads_equal(const Schema& schema, const reflection::Object& table, const T& value,
                        const flatbuffers::Table& read) {
  SCOPED_TRACE(table.name()->str());
  EXPECT_FALSE(table.is_struct());
  EXPECT_EQ(table.fields()->size(), kFieldCount<T>);
  std::uint16_t index = 0;
  for_each_field(value, [&](std::string_view name, const auto& member) {
    SCOPED_TRACE(std::string{name});
    const auto* field = table.fields()->LookupByKey(std::string{name}.c_str());
    ASSERT_NE(field, nullptr) << "the table has no such field";
    EXPECT_EQ(field->id(), index++) << "the field stands in another place";
    expect_field(schema, *field, member, read);
  });
}

template <HasFields T>
void expect_matches(const Schema& schema, const std::string& name) {
  const auto* table = schema.table(name);
  ASSERT_NE(table, nullptr) << "the schema has no table " << name;
  Filler filler;
  T value;
  filler.fill(value);
  flat::Builder builder;
  const Bytes bytes = flat::write_root(builder, value);
  const auto* start = reinterpret_cast<const std::uint8_t*>(bytes.data());
  ASSERT_TRUE(flatbuffers::Verify(schema.root(), *table, start, bytes.size()));
  expect_reads_equal(schema, *table, value, *flatbuffers::GetAnyRoot(start));

  // An empty one verifies as well, and reads as one.
  const Bytes none = flat::write_root(builder, T{});
  EXPECT_TRUE(flatbuffers::Verify(schema.root(), *table,
                                  reinterpret_cast<const std::uint8_t*>(none.data()), none.size()));
}

}  // namespace jari::schema_match
