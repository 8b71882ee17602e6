#include "pg/boundary.hpp"

#include <cstring>

#include "pg/sqlstate.hpp"

namespace evolve::pg {
namespace {

// Cuts at a character's edge: what does not fit is left out, never half a character.
template <std::size_t size>
void copy_text(char (&target)[size], const char* source) noexcept {
    std::size_t length = std::strlen(source);
    if (length >= size) {
        length = size - 1;
        while (length > 0 && (static_cast<unsigned char>(source[length]) & 0xC0u) == 0x80u) --length;
    }
    std::memcpy(target, source, length);
    target[length] = '\0';
}

// Into the database's encoding. Where that is not UTF-8, what is not ASCII is shown as ?: a character that the encoding
// does not have must not hide the error that it is part of.
void to_server(char* text) noexcept {
    if (GetDatabaseEncoding() == PG_UTF8 || GetDatabaseEncoding() == PG_SQL_ASCII) return;
    for (; *text != '\0'; ++text)
        if (static_cast<unsigned char>(*text) >= 0x80) *text = '?';
}

}  // namespace

void Failure::set(const Error& error) noexcept {
    interrupted = error.code() == ErrorCode::interrupted;
    copy_text(sqlstate, pg::sqlstate(error.code()));
    copy_text(message, error.message().c_str());
    copy_text(detail, error.where().c_str());
    copy_text(hint, error.hint().c_str());
}

void Failure::set(const char* code, const char* text) noexcept {
    copy_text(sqlstate, code);
    copy_text(message, text);
}

void raise(Failure& failure) {
    if (failure.rethrow != nullptr) ReThrowError(failure.rethrow);
    if (failure.interrupted) {
        CHECK_FOR_INTERRUPTS();  // says whether it was a cancel, a timeout or a shutdown
        ereport(ERROR, (errcode(ERRCODE_QUERY_CANCELED), errmsg("canceling statement due to user request")));
    }
    const char* const state = failure.sqlstate;
    to_server(failure.message);
    to_server(failure.detail);
    to_server(failure.hint);
    ereport(ERROR, (errcode(MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4])),
                    errmsg("%s", failure.message), failure.detail[0] != '\0' ? errdetail("At %s.", failure.detail) : 0,
                    failure.hint[0] != '\0' ? errhint("%s", failure.hint) : 0));
    pg_unreachable();
}

}  // namespace evolve::pg
