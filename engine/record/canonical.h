// engine/record/canonical.h — the one byte form of a struct that hashes and stored rows are made
// of.
//
// Each field in order: a scalar as it lies in memory (little-endian), a text as u16 length and
// bytes, a list as u32 count and its items, an optional as u8 and its value. It does not depend on
// how any library lays out its buffers.
#pragma once

#include "engine/record/canonical_read.h"
#include "engine/record/canonical_write.h"
