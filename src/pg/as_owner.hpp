// Acting as the owner of the tables: as_owner.cpp says why.
#pragma once

#include "pg/boundary.hpp"

namespace evolve::pg {

// The owner of evolve.user_strategies.
Oid owner_of_tables();

// An error ends the transaction or subtransaction, which takes the user back as well.
class ActAs {
public:
    explicit ActAs(Oid user) {
        GetUserIdAndSecContext(&user_, &context_);
        SetUserIdAndSecContext(user, context_ | SECURITY_LOCAL_USERID_CHANGE);
    }
    ~ActAs() { SetUserIdAndSecContext(user_, context_); }
    ActAs(const ActAs&) = delete;
    ActAs& operator=(const ActAs&) = delete;

private:
    Oid user_ = InvalidOid;
    int context_ = 0;
};

}  // namespace evolve::pg
