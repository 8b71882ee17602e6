#include "pg/kept_rows.hpp"

#include <cstring>

extern "C" {
#include "access/xact.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "utils/datum.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
}

namespace evolve::pg {

// One piece of memory: this, the key, and the values that are not in a Datum.
struct KeptRows::Kept {
    std::size_t key_length;
    std::int64_t from, until;
    bool found;
    SqlValue values[1];  // as many as there are columns
};

namespace {

constexpr std::size_t aligned(std::size_t size) { return MAXALIGN(size); }

// Made in this transaction, or with another file since: what is emptied now tells nobody.
bool is_new(Relation table) {
#if PG_VERSION_NUM >= 160000
    const SubTransactionId other_file = table->rd_firstRelfilelocatorSubid;
#else
    const SubTransactionId other_file = table->rd_firstRelfilenodeSubid;
#endif
    return table->rd_createSubid != InvalidSubTransactionId || other_file != InvalidSubTransactionId;
}

// A row with a unique key is changed or taken away, never another one added.
bool is_announced(Relation table, bool key_is_unique) {
    if (table->trigdesc == nullptr || is_new(table)) return false;
    for (int i = 0; i < table->trigdesc->numtriggers; ++i) {
        const Trigger& one = table->trigdesc->triggers[i];
        if (std::strcmp(one.tgname, "evolve_announce") != 0 || one.tgenabled != TRIGGER_FIRES_ALWAYS) continue;
        if (!TRIGGER_FOR_ROW(one.tgtype) || !TRIGGER_FOR_AFTER(one.tgtype) || !TRIGGER_FOR_UPDATE(one.tgtype) ||
            !TRIGGER_FOR_DELETE(one.tgtype) || (!key_is_unique && !TRIGGER_FOR_INSERT(one.tgtype)))
            continue;
        const char* const function = get_func_name(one.tgfoid);
        if (function != nullptr && std::strcmp(function, "_evolve_announce") == 0) return true;
    }
    return false;
}

// As it can be kept: not somewhere else.
Datum brought_here(Datum value, const ColumnLayout& column) {
    if (column.by_value || column.length != -1) return value;
    return PointerGetDatum(PG_DETOAST_DATUM_PACKED(value));
}

}  // namespace

bool may_use_kept_rows() {
    if (IsolationUsesXactSnapshot() || IsInParallelMode()) return false;
    AcceptInvalidationMessages();
    return true;
}

void KeptRows::begin(Relation table, bool key_is_unique) {
    rows_.fill(nullptr);
    if (memory_ != nullptr) MemoryContextReset(memory_);
    announced_ = is_announced(table, key_is_unique);
    if (announced_ && memory_ == nullptr)
        memory_ = AllocSetContextCreate(TopMemoryContext, "pg_evolve rows", ALLOCSET_SMALL_SIZES);
}

std::size_t KeptRows::place_of(std::span<const unsigned char> key) {
    return hash_bytes(key.data(), static_cast<int>(key.size())) % most_kept_rows;
}

KeptRows::Answer KeptRows::find(std::span<const unsigned char> key, std::int64_t time,
                                std::span<const ColumnLayout> columns, SqlValue* row) const {
    const Kept* const kept = rows_[place_of(key)];
    if (kept == nullptr || kept->key_length != key.size() || time < kept->from || time >= kept->until ||
        std::memcmp(&kept->values[columns.size()], key.data(), key.size()) != 0)
        return {.known = false, .found = false};
    for (std::size_t i = 0; kept->found && i < columns.size(); ++i) {
        row[i] = kept->values[i];
        if (!row[i].is_null) row[i].value = datumCopy(row[i].value, columns[i].by_value, columns[i].length);
    }
    return {.known = true, .found = kept->found};
}

void KeptRows::keep(const KeptKey& key, std::span<const ColumnLayout> columns, bool found, const SqlValue* row) {
    const std::size_t head = offsetof(Kept, values) + sizeof(SqlValue) * columns.size();
    std::size_t size = head + aligned(key.bytes.size());
    Datum here[most_kept_columns];
    for (std::size_t i = 0; found && i < columns.size(); ++i) {
        if (row[i].is_null || columns[i].by_value) continue;
        here[i] = brought_here(row[i].value, columns[i]);
        size += aligned(datumGetSize(here[i], false, columns[i].length));
    }
    Kept*& place = rows_[place_of(key.bytes)];
    if (place != nullptr) pfree(place);
    place = nullptr;
    if (size > most_kept_bytes) return;
    auto* const kept = static_cast<Kept*>(MemoryContextAllocZero(memory_, size));
    kept->key_length = key.bytes.size();
    kept->from = key.from;
    kept->until = key.until;
    kept->found = found;
    char* end = reinterpret_cast<char*>(kept) + head;
    std::memcpy(end, key.bytes.data(), key.bytes.size());
    end += aligned(key.bytes.size());
    for (std::size_t i = 0; found && i < columns.size(); ++i) {
        kept->values[i] = row[i];
        if (row[i].is_null || columns[i].by_value) continue;
        const std::size_t length = datumGetSize(here[i], false, columns[i].length);
        std::memcpy(end, DatumGetPointer(here[i]), length);
        kept->values[i].value = PointerGetDatum(end);
        end += aligned(length);
    }
    place = kept;
}

}  // namespace evolve::pg

using namespace evolve;
using namespace evolve::pg;

namespace {

bool same_value(HeapTuple before, HeapTuple after, TupleDesc columns, const char* name) {
    const int number = SPI_fnumber(columns, name);
    if (number <= 0) elog(ERROR, "column %s does not exist", name);
    const FormData_pg_attribute& column = *TupleDescAttr(columns, number - 1);
    bool null_before = false, null_after = false;
    const Datum was = heap_getattr(before, number, columns, &null_before);
    const Datum is = heap_getattr(after, number, columns, &null_after);
    if (null_before || null_after) return null_before && null_after;
    return datum_image_eq(was, is, column.attbyval, column.attlen);
}

}  // namespace

// Trigger, row by row: all sessions forget what they know of the rows of the table. Arguments: the columns that matter
// in an UPDATE; none for all.
EVOLVE_FUNCTION(_evolve_announce) {
    if (!CALLED_AS_TRIGGER(fcinfo)) throw Error(ErrorCode::internal, "_evolve_announce is a trigger");
    call([&] {
        const auto* const trigger = reinterpret_cast<TriggerData*>(fcinfo->context);
        TupleDesc const columns = RelationGetDescr(trigger->tg_relation);
        bool same = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) && trigger->tg_trigger->tgnargs > 0;
        for (int i = 0; same && i < trigger->tg_trigger->tgnargs; ++i)
            same = same_value(trigger->tg_trigtuple, trigger->tg_newtuple, columns, trigger->tg_trigger->tgargs[i]);
        if (!same) CacheInvalidateRelcache(trigger->tg_relation);
    });
    return PointerGetDatum(nullptr);
}
