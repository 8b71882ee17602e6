#include "pg/plain_table.hpp"

#include <algorithm>
#include <cstring>

#include "pg/index_probe.hpp"

extern "C" {
#include "access/genam.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/pg_trigger.h"
#include "commands/sequence.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
}

namespace evolve::pg {

constexpr int most_columns = 32;
constexpr int most_indexes = 16;
constexpr int most_checks = 16;
constexpr int doubts_at_first = 16;
constexpr int doubts_after_repeat = 256;

// What is found out about a table once, and kept until PostgreSQL says that it changed.
struct PlainLayout {
    PlainLayout* next;  // all that there are
    Oid relation;
    bool current;
    bool known;            // looked at to the end
    bool plain;            // rows can be written without a statement
    MemoryContext memory;  // of all below
    EState* executor;
    AttrNumber identity;
    Oid sequence;
    int places[most_columns];  // of the columns of the shape, from 0
    bool required[most_columns];
    bool references[most_columns];  // a value is looked up in another table
    Oid arbiter;
    int doubts;  // how many rows are still looked for before they are written
    int index_count, check_count;
    Oid indexes[most_indexes];
    IndexInfo* index_infos[most_indexes];
    ExprState* checks[most_checks];
};

namespace {

using Outcome = Written::Outcome;

PlainLayout* all_layouts = nullptr;

void relation_changed(Datum /*argument*/, Oid relation) {
    for (PlainLayout* layout = all_layouts; layout != nullptr; layout = layout->next) {
        Oid* const end = layout->indexes + layout->index_count;
        if (relation == InvalidOid || relation == layout->relation ||
            std::find(&layout->indexes[0], end, relation) != end)
            layout->current = false;
    }
}

void schema_changed(Datum /*argument*/, int /*cache*/, uint32 /*hash*/) { relation_changed(0, InvalidOid); }

// --- Is it plain? All of this runs inside call(): plain data only. ---

bool known_triggers(const TriggerDesc* triggers) {
    if (triggers == nullptr) return true;
    for (int i = 0; i < triggers->numtriggers; ++i) {
        const Trigger& one = triggers->triggers[i];
        const bool ours = std::strcmp(one.tgname, "evolve_keep") == 0 && (one.tgtype & TRIGGER_TYPE_INSERT) == 0;
        if (!ours && RI_FKey_trigger_type(one.tgfoid) == RI_TRIGGER_NONE) return false;
    }
    return true;
}

// A column that we have no value for stays NULL.
bool may_be_left_out(const FormData_pg_attribute& column) {
    return !column.attnotnull && !column.atthasdef && column.attidentity == '\0' && column.attgenerated == '\0' &&
           get_typtype(column.atttypid) != TYPTYPE_DOMAIN && get_typdefault(column.atttypid) == nullptr;
}

bool find_columns(PlainLayout& layout, TupleDesc columns, const TableShape& shape) {
    std::fill_n(layout.places, most_columns, -1);
    for (int place = 0; place < columns->natts; ++place) {
        const FormData_pg_attribute& column = *TupleDescAttr(columns, place);
        if (column.attisdropped) continue;
        const char* const name = NameStr(column.attname);
        if (std::strcmp(name, shape.identity) == 0) {
            if (column.attidentity != ATTRIBUTE_IDENTITY_ALWAYS || column.atttypid != INT8OID) return false;
            layout.identity = column.attnum;
            continue;
        }
        std::size_t i = 0;
        while (i < shape.columns.size() && std::strcmp(shape.columns[i].name, name) != 0) ++i;
        if (i == shape.columns.size()) {
            if (!may_be_left_out(column)) return false;
            continue;
        }
        const TableColumn& known = shape.columns[i];
        if (column.atttypid != known.type || (column.atttypmod != -1 && column.atttypmod != known.modifier) ||
            column.attidentity != '\0' || column.attgenerated != '\0')
            return false;
        layout.places[i] = place;
        layout.required[i] = column.attnotnull;
    }
    return layout.identity != 0 &&
           std::find(layout.places, layout.places + shape.columns.size(), -1) == layout.places + shape.columns.size();
}

// A foreign key of one column is kept when the column is NULL; the others are for a statement.
bool find_references(PlainLayout& layout, Relation table, std::size_t columns) {
    ListCell* cell = nullptr;
    foreach (cell, RelationGetFKeyList(table)) {
        const auto* const key = static_cast<const ForeignKeyCacheInfo*>(lfirst(cell));
        if (key->nkeys != 1) return false;
        int* const end = layout.places + columns;
        int* const found = std::find(layout.places, end, key->conkey[0] - 1);
        if (found == end) return false;
        layout.references[found - layout.places] = true;
    }
    return true;
}

bool is_foreign_function(Oid function, void* /*context*/) { return function >= FirstNormalObjectId; }

// Whether an expression calls what somebody made, and may make anew: what is prepared here is kept.
bool calls_foreign_functions(Node* node, void* context) {
    if (node == nullptr) return false;
    if (check_functions_in_node(node, is_foreign_function, context)) return true;
#if PG_VERSION_NUM >= 160000
    return expression_tree_walker(node, calls_foreign_functions, context);
#else
    return expression_tree_walker(
        node, reinterpret_cast<bool (*)()>(reinterpret_cast<void (*)()>(calls_foreign_functions)), context);
#endif
}

bool prepare_checks(PlainLayout& layout, const TupleConstr* constraints) {
    if (constraints == nullptr) return true;
    if (constraints->num_check > most_checks) return false;
    for (int i = 0; i < constraints->num_check; ++i) {
        auto* const condition = static_cast<Node*>(stringToNode(constraints->check[i].ccbin));
        if (calls_foreign_functions(condition, nullptr)) return false;
        layout.checks[i] = ExecPrepareCheck(make_ands_implicit(reinterpret_cast<Expr*>(condition)), layout.executor);
    }
    layout.check_count = constraints->num_check;
    return true;
}

bool is_arbiter(const FormData_pg_index& index, const IndexInfo* info, const char* key, TupleDesc columns) {
    return key != nullptr && index.indisunique && index.indimmediate && index.indisvalid && index.indnkeyatts == 1 &&
           info->ii_Predicate == NIL && index.indkey.values[0] > 0 &&
           std::strcmp(NameStr(TupleDescAttr(columns, index.indkey.values[0] - 1)->attname), key) == 0;
}

bool prepare_indexes(PlainLayout& layout, Relation table, const char* key) {
    List* const indexes = RelationGetIndexList(table);
    if (list_length(indexes) > most_indexes) return false;
    ListCell* cell = nullptr;
    foreach (cell, indexes) {
        Relation const index = index_open(lfirst_oid(cell), RowExclusiveLock);
        IndexInfo* const info = BuildIndexInfo(index);
        const bool unusual = !index->rd_index->indimmediate || info->ii_ExclusionOps != nullptr ||
                             calls_foreign_functions(reinterpret_cast<Node*>(info->ii_Predicate), nullptr) ||
                             calls_foreign_functions(reinterpret_cast<Node*>(info->ii_Expressions), nullptr);
        info->ii_PredicateState = ExecPrepareQual(info->ii_Predicate, layout.executor);
        info->ii_ExpressionsState = ExecPrepareExprList(info->ii_Expressions, layout.executor);
        if (is_arbiter(*index->rd_index, info, key, RelationGetDescr(table))) layout.arbiter = lfirst_oid(cell);
        layout.indexes[layout.index_count] = lfirst_oid(cell);
        layout.index_infos[layout.index_count++] = info;
        index_close(index, RowExclusiveLock);
        if (unusual) return false;
    }
    return key == nullptr || OidIsValid(layout.arbiter);
}

bool is_plain(PlainLayout& layout, Relation table, const TableShape& shape) {
    if (table->rd_rel->relkind != RELKIND_RELATION || table->rd_rel->relispartition || table->rd_rules != nullptr)
        return false;
    if (!known_triggers(table->trigdesc) || !find_columns(layout, RelationGetDescr(table), shape) ||
        !find_references(layout, table, shape.columns.size()) ||
        !prepare_checks(layout, RelationGetDescr(table)->constr) || !prepare_indexes(layout, table, shape.key))
        return false;
#if PG_VERSION_NUM >= 170000
    layout.sequence = getIdentitySequence(table, layout.identity, false);
#else
    layout.sequence = getIdentitySequence(layout.relation, layout.identity, false);
#endif
    return true;
}

PlainLayout* new_layout() {
    if (all_layouts == nullptr) {
        CacheRegisterRelcacheCallback(relation_changed, 0);
        CacheRegisterSyscacheCallback(NAMESPACEOID, schema_changed, 0);
    }
    auto* const layout = static_cast<PlainLayout*>(MemoryContextAllocZero(TopMemoryContext, sizeof(PlainLayout)));
    layout->next = all_layouts;
    all_layouts = layout;
    return layout;
}

void look_at(PlainLayout& layout, Relation table, const TableShape& shape) {
    if (layout.memory != nullptr) MemoryContextDelete(layout.memory);
    PlainLayout* const next = layout.next;
    layout = {};
    layout.next = next;
    layout.memory = AllocSetContextCreate(TopMemoryContext, "pg_evolve table", ALLOCSET_SMALL_SIZES);
    MemoryContext const caller = MemoryContextSwitchTo(layout.memory);
    layout.executor = CreateExecutorState();
    layout.relation = RelationGetRelid(table);
    layout.current = true;  // from here on: a change that comes in between is not lost
    layout.doubts = doubts_at_first;
    layout.plain = is_plain(layout, table, shape);
    layout.known = true;
    MemoryContextSwitchTo(caller);
}

// The table, locked, and what is known of it; NULL when there is none.
Relation open_table(PlainLayout*& layout, const TableShape& shape) {
    if (layout == nullptr) layout = new_layout();
    if (layout->current && layout->known) {
        Relation const table = try_table_open(layout->relation, RowExclusiveLock);
        if (table != nullptr && layout->current) return table;  // the lock let changes come in
        if (table != nullptr) table_close(table, RowExclusiveLock);
    }
    const Oid relation = get_relname_relid(shape.name, get_namespace_oid("evolve", false));
    if (!OidIsValid(relation)) return nullptr;
    Relation const table = table_open(relation, RowExclusiveLock);
    look_at(*layout, table, shape);
    return table;
}

bool may_write(Relation table) {
    constexpr AclMode needed = ACL_INSERT | ACL_SELECT;
    const Oid relation = RelationGetRelid(table);
    return pg_class_aclmask(relation, GetUserId(), needed, ACLMASK_ALL) == needed &&
           (!table->rd_rel->relrowsecurity || check_enable_rls(relation, InvalidOid, true) != RLS_ENABLED);
}

// --- Writing ---

struct Rows {
    Relation table;
    const PlainLayout& layout;
    std::size_t columns;
    const SqlValue* values;
    int count;
};

// The row in a slot, with its identity; false when something is wrong with it.
bool fill(const Rows& rows, int row, TupleTableSlot* slot, Written& written) {
    const PlainLayout& layout = rows.layout;
    const SqlValue* const values = rows.values + static_cast<std::size_t>(row) * rows.columns;
    std::fill_n(slot->tts_isnull, slot->tts_tupleDescriptor->natts, true);
    for (std::size_t i = 0; i < rows.columns; ++i) {
        if (values[i].is_null ? layout.required[i] : layout.references[i]) return false;
        slot->tts_values[layout.places[i]] = values[i].value;
        slot->tts_isnull[layout.places[i]] = values[i].is_null;
    }
    written.identity = nextval_internal(layout.sequence, false);
    slot->tts_values[layout.identity - 1] = Int64GetDatum(written.identity);
    slot->tts_isnull[layout.identity - 1] = false;
    ExecStoreVirtualTuple(slot);
    slot->tts_tableOid = layout.relation;
    ExprContext* const context = GetPerTupleExprContext(layout.executor);
    context->ecxt_scantuple = slot;
    bool fits = true;
    for (int i = 0; i < layout.check_count && fits; ++i) fits = ExecCheck(layout.checks[i], context);
    ResetPerTupleExprContext(layout.executor);
    return fits;
}

// Whether one of the rows belongs into the index.
bool is_wanted(const Rows& rows, const IndexInfo& info, TupleTableSlot* const* slots) {
    bool wanted = info.ii_Predicate == NIL;
    ExprContext* const context = GetPerTupleExprContext(rows.layout.executor);
    for (int i = 0; i < rows.count && !wanted; ++i) {
        context->ecxt_scantuple = slots[i];
        wanted = ExecQual(info.ii_PredicateState, context);
        ResetPerTupleExprContext(rows.layout.executor);
    }
    return wanted;
}

// As InitResultRelInfo() and ExecOpenIndices(), from what is kept: only what index entries need.
ResultRelInfo* open_indexes(const Rows& rows, TupleTableSlot* const* slots) {
    auto* const result = makeNode(ResultRelInfo);
    result->ri_RelationDesc = rows.table;
    const auto most = static_cast<std::size_t>(rows.layout.index_count);
    result->ri_IndexRelationDescs = static_cast<Relation*>(palloc(sizeof(Relation) * most));
    result->ri_IndexRelationInfo = static_cast<IndexInfo**>(palloc(sizeof(IndexInfo*) * most));
    auto* const infos = static_cast<IndexInfo*>(palloc(sizeof(IndexInfo) * most));
    int count = 0;
    for (int i = 0; i < rows.layout.index_count; ++i) {
        if (!is_wanted(rows, *rows.layout.index_infos[i], slots)) continue;
        infos[count] = *rows.layout.index_infos[i];
        infos[count].ii_Context = CurrentMemoryContext;  // what an index keeps for a statement goes with it
        result->ri_IndexRelationDescs[count] = index_open(rows.layout.indexes[i], RowExclusiveLock);
        result->ri_IndexRelationInfo[count] = &infos[count];
        ++count;
    }
    result->ri_NumIndices = count;
    return result;
}

// Their locks stay until the transaction ends, as that of the table does.
void close_indexes(ResultRelInfo* result) {
    for (int i = 0; i < result->ri_NumIndices; ++i) index_close(result->ri_IndexRelationDescs[i], NoLock);
}

List* insert_index_entries(ResultRelInfo* result, TupleTableSlot* slot, EState* executor, bool* conflict,
                           List* arbiters) {
    GetPerTupleExprContext(executor)->ecxt_scantuple = slot;
    List* const again = ExecInsertIndexTuples(result, slot, executor, false, conflict != nullptr, conflict, arbiters
#if PG_VERSION_NUM >= 160000
                                              ,
                                              false
#endif
    );
    ResetPerTupleExprContext(executor);
    return again;
}

// Whether the calling statement sees a row with the key.
bool is_there(const Rows& rows) {
    Relation const index = index_open(rows.layout.arbiter, RowExclusiveLock);
    const AttrNumber attribute = index->rd_index->indkey.values[0];
    std::size_t column = 0;
    while (rows.layout.places[column] != attribute - 1) ++column;
    ScanKeyData key;
    ScanKeyEntryInitialize(&key, 0, 1, BTEqualStrategyNumber, InvalidOid, index->rd_indcollation[0], F_TEXTEQ,
                           rows.values[column].value);
    IndexScanDesc const scan = begin_index_scan(rows.table, index, GetActiveSnapshot(), 1);
    index_rescan(scan, &key, 1, nullptr, 0);
    TupleTableSlot* const slot = table_slot_create(rows.table, nullptr);
    const bool found = !rows.values[column].is_null && index_getnext_slot(scan, ForwardScanDirection, slot);
    ExecDropSingleTupleTableSlot(slot);
    index_endscan(scan);
    index_close(index, NoLock);
    return found;
}

// A row that is there already is found before anything is written, unless sessions like this one hardly ever meet one:
// then where its key is written, which leaves a dead row behind. So many may come again before it is looked for.
bool is_repeated(const Rows& rows, int& doubts) {
    if (doubts == 0) return false;
    --doubts;
    const bool repeated = is_there(rows);
    if (repeated) doubts = doubts_after_repeat;
    return repeated;
}

// With a key: whoever comes second finds an index entry, and takes his row out again.
bool insert_by_key(const Rows& rows, ResultRelInfo* result, TupleTableSlot* slot) {
    bool conflict = false;
    const uint32 token = SpeculativeInsertionLockAcquire(GetCurrentTransactionId());
    table_tuple_insert_speculative(rows.table, slot, GetCurrentCommandId(true), 0, nullptr, token);
    (void)insert_index_entries(result, slot, rows.layout.executor, &conflict, list_make1_oid(rows.layout.arbiter));
    table_tuple_complete_speculative(rows.table, slot, token, !conflict);
    SpeculativeInsertionLockRelease(GetCurrentTransactionId());
    return !conflict;
}

void write_slots(const Rows& rows, TupleTableSlot** slots, bool by_key, Written& written) {
    ResultRelInfo* const result = open_indexes(rows, slots);
    bool done = true;
    if (by_key) {
        done = insert_by_key(rows, result, slots[0]);
    } else {
        table_multi_insert(rows.table, slots, rows.count, GetCurrentCommandId(true), 0, nullptr);
        for (int i = 0; i < rows.count; ++i)
            (void)insert_index_entries(result, slots[i], rows.layout.executor, nullptr, NIL);
    }
    close_indexes(result);
    if (done) written.outcome = Outcome::done;
}

// All rows are looked at before the first is written.
Written insert(const Rows& rows, bool by_key, int& doubts) {
    Written written;
    if (by_key && is_repeated(rows, doubts)) {
        written.outcome = Outcome::there;
        return written;
    }
    auto** const slots =
        static_cast<TupleTableSlot**>(palloc(sizeof(TupleTableSlot*) * static_cast<std::size_t>(rows.count)));
    bool right = true;
    for (int i = 0; i < rows.count; ++i) {
        slots[i] = MakeSingleTupleTableSlot(RelationGetDescr(rows.table), table_slot_callbacks(rows.table));
        right = right && fill(rows, i, slots[i], written);
    }
    if (right) write_slots(rows, slots, by_key, written);
    for (int i = 0; i < rows.count; ++i) ExecDropSingleTupleTableSlot(slots[i]);
    if (right && written.outcome != Outcome::done) doubts = doubts_after_repeat;
    return written;
}

}  // namespace

Written PlainTable::write(std::span<const SqlValue> values) const {
    const std::size_t columns = shape_.columns.size();
    if (columns == 0 || columns > most_columns || values.size() % columns != 0)
        throw Error(ErrorCode::internal, "a table got another number of values");
    const auto count = static_cast<int>(values.size() / columns);
    if (count == 0 || (count > 1 && shape_.key != nullptr))
        throw Error(ErrorCode::internal, "a table got another number of rows");
    return call([&] {
        // Such a hook wants to hear of every write.
        if (XactReadOnly || RecoveryInProgress() || IsInParallelMode() || ExecutorCheckPerms_hook != nullptr)
            return Written{};
        Relation const table = open_table(layout_, shape_);
        if (table == nullptr) return Written{};
        const Rows rows{
            .table = table, .layout = *layout_, .columns = columns, .values = values.data(), .count = count};
        const Written done =
            layout_->plain && may_write(table) ? insert(rows, shape_.key != nullptr, layout_->doubts) : Written{};
        table_close(table, NoLock);
        return done;
    });
}

}  // namespace evolve::pg
