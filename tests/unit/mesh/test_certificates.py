"""Mutual TLS: who is let in, and files that change under a running process."""

import grpc
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

from articket.stylize.v1.stylize_pb2 import DescribeRequest, DescribeResponse, StylizeRequest
from articket.stylize.v1.stylize_pb2_grpc import StylizeServiceStub
from articket_mesh import channels
from articket_mesh.certificates import CertificateFiles, ReloadedCertificates
from articket_mesh.channels import ChannelSettings, open_channel
from articket_mesh.errors import CertificateError, ErrorReason, TransientError
from articket_mesh.server import running
from articket_mesh.settings import MeshSettings
from articket_mesh.testing_certificates import CertificateAuthority
from tests.unit.mesh.scripted import endless_steps, scripted_service


@pytest.fixture
def authority():
    return CertificateAuthority()


@pytest.fixture
def files(authority, tmp_path):
    """The certificate of the server and, in these tests, of its clients too."""
    return authority.issue(tmp_path / "own")


def secured(files, **changes):
    return MeshSettings(tls_cert=files.cert, tls_key=files.key, tls_ca=files.ca, **changes)


async def described(target, settings=None):
    async with open_channel(target, settings) as channel:
        return await StylizeServiceStub(channel).Describe(DescribeRequest(), timeout=2)


async def refused(target, settings=None):
    with pytest.raises(TransientError) as raised:
        await described(target, settings)
    return raised.value.reason is ErrorReason.UNREACHABLE


async def test_a_client_of_the_same_authority_is_let_in(start_mesh, authority, files, tmp_path):
    mesh = await start_mesh(secured(files))
    other = authority.issue(tmp_path / "other", "gateway")
    assert (await described(mesh.server.target, ChannelSettings(certificates=other))).engine == "scripted"


async def test_everybody_else_is_refused(start_mesh, authority, files, tmp_path):
    mesh = await start_mesh(secured(files))
    stranger = CertificateAuthority("Stranger").issue(tmp_path / "stranger", trusted=authority.pem)
    assert await refused(mesh.server.target)
    assert await refused(mesh.server.target, ChannelSettings(certificates=stranger))
    no_certificate = grpc.ssl_channel_credentials(root_certificates=authority.pem)
    async with grpc.aio.secure_channel(mesh.server.target, no_certificate) as channel:
        with pytest.raises(grpc.aio.AioRpcError):
            await StylizeServiceStub(channel).Describe(DescribeRequest(), timeout=2)


async def test_a_client_refuses_a_server_of_another_authority(start_mesh, authority, files, tmp_path):
    impostor = CertificateAuthority("Impostor").issue(tmp_path / "impostor", trusted=authority.pem)
    mesh = await start_mesh(secured(impostor), channel_settings=ChannelSettings())
    assert await refused(mesh.server.target, ChannelSettings(certificates=files))


async def test_a_client_refuses_a_server_with_another_name_unless_told(start_mesh, authority, tmp_path):
    files = authority.issue(tmp_path / "own", "stylize.articket.svc")
    mesh = await start_mesh(secured(files))
    target = mesh.server.target.replace("127.0.0.1", "localhost")
    assert await refused(target, ChannelSettings(certificates=files))
    told = ChannelSettings(certificates=files, server_name="stylize.articket.svc")
    assert (await described(target, told)).engine == "scripted"


async def test_health_stays_open_to_probes_that_speak_no_tls(start_mesh, files):
    mesh = await start_mesh(secured(files, health_port=0))
    async with grpc.aio.insecure_channel(f"127.0.0.1:{mesh.server.health_port}") as plain:
        assert (await HealthStub(plain).Check(HealthCheckRequest())).status == HealthCheckResponse.SERVING
        with pytest.raises(grpc.aio.AioRpcError) as raised:  # and nothing else is
            await StylizeServiceStub(plain).Describe(DescribeRequest(), timeout=2)
    assert raised.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_a_server_takes_up_a_new_authority_without_a_restart(start_mesh, files, tmp_path):
    mesh = await start_mesh(secured(files))
    new = CertificateAuthority("New")
    client = ChannelSettings(certificates=new.issue(tmp_path / "client"))
    assert await refused(mesh.server.target, client)
    new.issue(files.cert.parent)
    assert (await described(mesh.server.target, client)).engine == "scripted"


async def test_an_open_channel_follows_the_rotation_and_keeps_its_running_stream(start_mesh, files, monkeypatch):
    monkeypatch.setattr(channels, "CERTIFICATE_CHECK_SECONDS", 0.0)

    async def identity(request, context):
        return DescribeResponse(engine=context.peer())

    mesh = await start_mesh(secured(files), stylize=endless_steps, describe=identity)
    stream = mesh.stub.Stylize(StylizeRequest(), timeout=10)
    await anext(stream)
    before = (await mesh.stub.Describe(DescribeRequest(), timeout=2)).engine
    CertificateAuthority("New").issue(files.cert.parent)
    after = (await mesh.stub.Describe(DescribeRequest(), timeout=2)).engine
    assert after != before  # a connection of its own
    assert (await mesh.stub.Describe(DescribeRequest(), timeout=2)).engine == after
    await anext(stream)
    stream.cancel()


async def test_half_a_rotation_is_not_taken_up(start_mesh, authority, files, tmp_path, caplog):
    mesh = await start_mesh(secured(files))
    client = ChannelSettings(certificates=authority.issue(tmp_path / "client"))
    next_pair = authority.issue(tmp_path / "next")
    files.key.write_bytes(next_pair.key.read_bytes())
    assert (await described(mesh.server.target, client)).engine == "scripted"
    assert "keeping the certificates in use" in caplog.text


async def test_a_file_that_is_gone_for_a_moment_does_no_harm(start_mesh, authority, files, tmp_path):
    mesh = await start_mesh(secured(files))
    client = ChannelSettings(certificates=authority.issue(tmp_path / "client"))
    files.ca.unlink()
    assert (await described(mesh.server.target, client)).engine == "scripted"


def test_a_finished_rotation_is_taken_up_once(authority, files, tmp_path):
    reloaded = ReloadedCertificates(files)
    next_pair = authority.issue(tmp_path / "next")
    files.key.write_bytes(next_pair.key.read_bytes())
    assert reloaded.changed() is None
    files.cert.write_bytes(next_pair.cert.read_bytes())
    assert reloaded.changed() == next_pair.read()
    assert reloaded.changed() is None


async def test_certificates_that_cannot_be_used_are_told_at_the_start(files):
    files.cert.write_text("no certificate")
    with pytest.raises(CertificateError, match=r"tls\.crt"):
        async with running(secured(files), [scripted_service()]):
            pass


async def test_a_missing_file_is_named(tmp_path):
    missing = CertificateFiles(tmp_path / "tls.crt", tmp_path / "tls.key", tmp_path / "ca.crt")
    with pytest.raises(CertificateError, match=r"tls\.crt: No such file"):
        open_channel("127.0.0.1:1", ChannelSettings(certificates=missing))
