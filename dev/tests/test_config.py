"""The generated configuration: apart from other checkouts, and harmless."""

import configparser
import subprocess

import pytest

from dev import config
from dev.odoo_source import OdooSource
from dev.paths import Checkout, cache_folder
from dev.postgres import Connection

PRIVATE = Connection("/tmp/sockets", "5432", "odoo")


@pytest.fixture
def checkout(tmp_path):
    addon = tmp_path / "check out/credit_mgmt"
    addon.mkdir(parents=True)
    (addon / "__manifest__.py").write_text("{}")
    return Checkout(addon.parent)


@pytest.fixture
def odoo(tmp_path):
    return OdooSource(tmp_path / "odoo", (tmp_path / "odoo/odoo/addons",))


def read(path):
    parser = configparser.RawConfigParser()
    parser.read(path)
    return dict(parser["options"])


def test_mail_can_only_reach_the_loopback_interface(checkout, odoo, tmp_path):
    config.write(checkout, odoo, tmp_path / "venv", PRIVATE)
    for path in (checkout.odoo_conf, checkout.test_conf):
        options = read(path)
        assert options["smtp_server"] == "127.0.0.1"
        assert options["smtp_port"] == str(checkout.smtp_port)
        assert options["email_from"].endswith("@example.com")


def test_our_addons_come_first(checkout, odoo):
    folders = config.odoo_options(checkout, odoo, PRIVATE)["addons_path"].split(",")
    assert folders == [str(checkout.root), str(odoo.addons[0])]


def test_checkout_without_addons_is_no_addons_folder(tmp_path, odoo):
    options = config.odoo_options(Checkout(tmp_path / "new"), odoo, PRIVATE)
    assert options["addons_path"] == str(odoo.addons[0])


def test_checkouts_keep_apart(tmp_path):
    one, other = Checkout(tmp_path / "one"), Checkout(tmp_path / "other")
    assert one.smtp_port != other.smtp_port
    shared = Connection("db", external=True)
    names = {config.database_name("test", c, shared) for c in (one, other)}
    assert len(names) == 2
    assert config.database_name("test", one, PRIVATE) == "credit_test"


def test_passwords_are_for_the_owner_only(checkout, odoo, tmp_path):
    config.write(checkout, odoo, tmp_path / "venv", Connection("db", "", "me", "secret"))
    assert read(checkout.odoo_conf)["db_password"] == "secret"
    assert checkout.odoo_conf.stat().st_mode & 0o077 == 0


def test_wrapper_passes_arguments_and_variables(checkout, odoo, tmp_path):
    python = tmp_path / "venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\nprintf "%s|" "$@" "$PGHOST" "$ODOO_RC"\n')
    python.chmod(0o755)
    external = Connection("db.example", "5433", "me", external=True)
    config.write(checkout, odoo, tmp_path / "venv", external)
    output = subprocess.check_output([checkout.bin / "odoo", "a b", "c"], text=True)
    assert output == f"-m|odoo|a b|c|db.example|{checkout.odoo_conf}|"


def test_unchanged_files_are_left_alone(checkout, odoo, tmp_path):
    config.write(checkout, odoo, tmp_path / "venv", PRIVATE)
    before = checkout.odoo_conf.stat().st_ino
    config.write(checkout, odoo, tmp_path / "venv", PRIVATE)
    assert checkout.odoo_conf.stat().st_ino == before


def test_cache_folder_follows_the_variables(monkeypatch, tmp_path):
    monkeypatch.delenv("CREDIT_MGMT_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "credit_mgmt"
    monkeypatch.setenv("CREDIT_MGMT_CACHE", str(tmp_path / "mine"))
    assert cache_folder() == tmp_path / "mine"
