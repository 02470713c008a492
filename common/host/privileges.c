/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "io/output_path.h"

/* The return values of capng_change_id(3). */
static const char *privileges_reason(int result)
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

static bool privileges_become(const struct passwd *user, struct error *err)
{
	int result;

	/* A user with rights by file capabilities may name himself: the user stays. */
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
	return error_set(err, "cannot become %s: %s", user->pw_name, privileges_reason(result));
}

static bool privileges_apply(bool may_bound)
{
	return capng_apply(may_bound ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS) == 0;
}

/* To reach files of other users, and to replace or remove them in a folder such as /tmp, where only
 * their owner may (sticky bit). A container may have one of the two. */
static const unsigned file_capabilities[] = { CAP_DAC_OVERRIDE, CAP_FOWNER };
enum { FILE_CAPABILITIES = sizeof(file_capabilities) / sizeof(file_capabilities[0]) };

static unsigned privileges_held_files(void)
{
	unsigned held = 0;

	for (unsigned i = 0; i < FILE_CAPABILITIES; i++)
		if (capng_have_capability(CAPNG_PERMITTED, file_capabilities[i]))
			held |= 1U << i;
	return held;
}

static bool privileges_update_files(capng_act_t action, capng_type_t type, unsigned held)
{
	for (unsigned i = 0; i < FILE_CAPABILITIES; i++)
		if (held & 1U << i && capng_update(action, type, file_capabilities[i]) != 0)
			return false;
	return true;
}

/*
 * Root without CAP_DAC_OVERRIDE cannot write to the folders of other users, where `sudo` is often
 * run. This tries whether the paths can be reached without it, because access lists and mounts
 * decide that, too, and not only modes.
 */
static bool privileges_keep_files(const struct privileges *privileges, unsigned held,
				  bool may_bound)
{
	const capng_type_t both = CAPNG_EFFECTIVE | CAPNG_PERMITTED;

	return privileges_update_files(CAPNG_ADD, CAPNG_PERMITTED, held) &&
	       privileges_apply(may_bound) &&
	       privileges_update_files(privileges->reaches(privileges->reaches_arg) ? CAPNG_DROP
										    : CAPNG_ADD,
				       both, held);
}

/* held: which of file_capabilities the process has, as bits. */
static bool privileges_stay(const struct privileges *privileges, unsigned held, bool may_bound,
			    struct error *err)
{
	bool done;

	/* The bounding set is cleared first, as that needs a capability itself (CAP_SETPCAP). */
	if (held && privileges->reaches)
		done = privileges_keep_files(privileges, held, may_bound) &&
		       privileges_apply(false);
	else
		done = privileges_apply(may_bound);
	return done || error_set(err, "cannot give up capabilities");
}

/* Those that *privileges can keep. */
static const unsigned kept_capabilities[] = { CAP_NET_RAW, CAP_LEASE };
enum { KEPT_CAPABILITIES = sizeof(kept_capabilities) / sizeof(kept_capabilities[0]) };

/* Returns which of kept_capabilities the process has and is to keep, as bits. */
static unsigned privileges_kept(const struct privileges *privileges)
{
	const bool wanted[KEPT_CAPABILITIES] = { privileges->keep_raw, privileges->keep_lease };
	unsigned kept = 0;

	for (unsigned i = 0; i < KEPT_CAPABILITIES; i++)
		if (wanted[i] && capng_have_capability(CAPNG_PERMITTED, kept_capabilities[i]))
			kept |= 1U << i;
	return kept;
}

static bool privileges_keep(unsigned kept, struct error *err)
{
	for (unsigned i = 0; i < KEPT_CAPABILITIES; i++)
		if (kept & 1U << i && capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
						   kept_capabilities[i]) != 0)
			return error_set(err, "cannot keep CAP_%s",
					 kept_capabilities[i] == CAP_LEASE ? "LEASE" : "NET_RAW");
	return true;
}

/* Returns true for an ordinary user. Ambient capabilities are permitted ones as well, and
 * inheritable ones have no effect, since nothing is executed. */
static bool privileges_has_none(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return syscall(SYS_capget, &head, data) == 0 && data[0].permitted == 0 &&
	       data[1].permitted == 0;
}

/* Returns NULL and sets err if there is none. */
static const struct passwd *privileges_find_user(const char *name, struct error *err)
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

bool privileges_allow_owner(const char *name, struct error *err)
{
	const struct passwd *user = name ? privileges_find_user(name, err) : NULL;

	if (user)
		output_path_allow(user->pw_uid);
	return user || !name;
}

static bool privileges_rule_out_new(struct error *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return error_errno(err, "cannot rule out new privileges");
	return true;
}

bool privileges_drop(const struct privileges *privileges, struct error *err)
{
	const struct passwd *user = NULL;
	unsigned kept, held;
	bool may_bound;

	if (privileges->user && !(user = privileges_find_user(privileges->user, err)))
		return false;
	if (!user && privileges_has_none())
		return privileges_rule_out_new(err);
	if (capng_get_caps_process() != 0)
		return error_errno(err, "cannot read own capabilities");
	kept = privileges_kept(privileges);
	held = privileges_held_files();
	/* Without CAP_SETPCAP the bounding set stays, which no_new_privs makes harmless;
	 * capabilities(7). */
	may_bound = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
	capng_clear(CAPNG_SELECT_BOTH);
	return privileges_keep(kept, err) &&
	       (user ? privileges_become(user, err)
		     : privileges_stay(privileges, held, may_bound, err)) &&
	       privileges_rule_out_new(err);
}
