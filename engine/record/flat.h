// engine/record/flat.h — FlatBuffers tables to and from plain structs that describe their fields.
//
// The struct's fields are the table's, in the schema's order; a test holds both together. Every
// read is verified first: bytes that are no table of the kind give nothing and touch nothing.
//
// Units:   scalars little-endian, as FlatBuffers has them; Instant = ms, Day = days, 0 = none.
// Errors:  read() gives false for bytes that do not verify. Views point into the bytes read.
// Threads: pure; a builder belongs to one thread.
#pragma once

#include "engine/record/flat_read.h"
#include "engine/record/flat_write.h"
