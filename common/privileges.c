/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

/* What capng_change_id() could not do, in its numbers. */
static const char *obstacle(int result)
{
	switch (result) {
	case -4:
		return "its group is refused";
	case -5:
	case -10:
		return "its groups are refused";
	case -6:
		return "only root may";
	case -8:
		return "the capability bounding set cannot be cleared";
	default:
		return "capabilities cannot be changed";
	}
}

static bool become(const struct passwd *user, struct error *err)
{
	int result;

	/* Needs no change: who runs it by file capabilities may name himself. */
	if (geteuid() != 0 && getuid() == user->pw_uid && geteuid() == user->pw_uid) {
		if (capng_apply(CAPNG_SELECT_CAPS) == 0)
			return true;
		return error_set(err, "cannot give up capabilities");
	}
	if (geteuid() != 0)
		return error_set(err, "cannot become %s: only root may", user->pw_name);
	result = capng_change_id((int)user->pw_uid, (int)user->pw_gid,
				 CAPNG_INIT_SUPP_GRP | CAPNG_CLEAR_BOUNDING);
	if (result == 0)
		return true;
	return error_set(err, "cannot become %s: %s", user->pw_name, obstacle(result));
}

static bool stay(bool may_bound, struct error *err)
{
	if (capng_apply(may_bound ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS) != 0)
		return error_set(err, "cannot give up capabilities");
	return true;
}

/* NULL and err. */
static const struct passwd *find_user(const char *name, struct error *err)
{
	const struct passwd *user;

	errno = 0;
	user = getpwnam(name);
	if (!user && errno)
		error_errno(err, "cannot look for the user %s", name);
	else if (!user)
		error_set(err, "there is no user %s", name);
	return user;
}

bool privileges_drop(const struct privileges *privileges, struct error *err)
{
	const struct passwd *user = NULL;
	bool keep, may_bound;

	if (privileges->user && !(user = find_user(privileges->user, err)))
		return false;
	if (capng_get_caps_process() != 0)
		return error_errno(err, "cannot read own capabilities");
	keep = privileges->keep_raw && capng_have_capability(CAPNG_PERMITTED, CAP_NET_RAW);
	/* capabilities(7): without it the bounding set stays, which no_new_privs makes harmless. */
	may_bound = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
	capng_clear(CAPNG_SELECT_BOTH);
	if (keep && capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_RAW) != 0)
		return error_set(err, "cannot keep CAP_NET_RAW");
	if (!(user ? become(user, err) : stay(may_bound, err)))
		return false;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return error_errno(err, "cannot rule out new privileges");
	return true;
}
