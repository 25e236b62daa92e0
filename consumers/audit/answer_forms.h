// consumers/audit/answer_forms.h — which answers there are to each kind of request, whatever comes
// of it: decisions, codes, statuses, and what an answer may name.
//
// Errors:  none.
// Threads: pure.
#pragma once

#include "consumers/audit/facts.h"

namespace jari::audit {

/// Whether such a request can be answered so. `by_site`: the answer passes on a site's no, whose
/// code is the site's.
[[nodiscard]] bool is_answer(const Said& said, bool by_site);

/// What a granted request of the kind comes to.
[[nodiscard]] bool gives_ticket(RecordType asked);
[[nodiscard]] bool gives_appointment(RecordType asked);

}  // namespace jari::audit
