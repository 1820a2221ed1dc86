-- Who is told of reports: the owner and the admins, found without going through everybody.
CREATE INDEX users_managing ON users (disabled) WHERE role <> 2;
