"""Make the groups that people are given: viewer, reviewer, approver, auditor, operator."""

from django.db import migrations

VIEW = [
    ("contacts", "source", "view_source"),
    ("contacts", "snapshot", "view_snapshot"),
    ("contacts", "legacycontact", "view_legacycontact"),
    ("contacts", "contact", "view_contact"),
    ("contacts", "student", "view_student"),
    ("contacts", "match", "view_match"),
    ("contacts", "job", "view_job"),
    ("audits", "grant", "view_grant"),
    ("audits", "restriction", "view_restriction"),
    ("audits", "finding", "view_finding"),
    ("audits", "decision", "view_decision"),
    ("audits", "policyversion", "view_policyversion"),
]
DECIDE = ("audits", "finding", "decide")
CONFIRM = ("audits", "finding", "confirm")
EXPORT = ("audits", "finding", "export")
OPERATE = [
    ("contacts", "source", "import_data"),
    ("contacts", "source", "scan_source"),
    ("contacts", "source", "add_source"),
    ("contacts", "source", "change_source"),
]
ROLES = {
    "viewer": VIEW,
    "reviewer": [*VIEW, DECIDE, EXPORT],
    "approver": [*VIEW, DECIDE, CONFIRM, EXPORT],
    "auditor": [*VIEW, EXPORT, ("audits", "event", "view_event")],
    "operator": [*VIEW, *OPERATE, EXPORT],
}
NAMES = {
    "decide": "Can decide findings",
    "confirm": "Can take the second look",
    "export": "Can download CSVs",
    "import_data": "Can import snapshots",
    "scan_source": "Can scan a source",
}


def _name(codename, model):
    """Say a permission's name as Django does, so that it finds nothing to add."""
    verb, _, _ = codename.partition("_")
    words = {
        "policyversion": "policy version",
        "legacycontact": "legacy contact",
    }
    return NAMES.get(codename, f"Can {verb} {words.get(model, model)}")


def add_roles(apps, _):
    """Make groups, and the permissions that Django would only make afterwards."""
    content_type = apps.get_model("contenttypes", "ContentType")
    permission = apps.get_model("auth", "Permission")
    group = apps.get_model("auth", "Group")
    for role, names in ROLES.items():
        made, _ = group.objects.get_or_create(name=role)
        for app, model, codename in names:
            kind, _ = content_type.objects.get_or_create(app_label=app, model=model)
            given, _ = permission.objects.get_or_create(
                content_type=kind,
                codename=codename,
                defaults={"name": _name(codename, model)},
            )
            made.permissions.add(given)


def remove_roles(apps, _):
    """Take the groups away; permissions are Django's own to keep."""
    apps.get_model("auth", "Group").objects.filter(name__in=ROLES).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("audits", "0001_initial"),
        ("contacts", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(add_roles, remove_roles)]
