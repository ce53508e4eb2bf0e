using System.Net.Sockets;
using UserNet.Binding;
using UserNet.Errors;
using Xunit;
using static UserNet.Errors.Errno;
using static UserNet.Errors.NtStatus;
using static UserNet.Errors.WsaError;

namespace UserNet.Tests.Binding;

public sealed class OutcomeCodesTests
{
    private static readonly BindRule[] Rules = Enum.GetValues<BindRule>();

    // The table of the faces: one cause, four codes.
    [Theory]
    [InlineData(BindRule.InUse, EADDRINUSE, WSAEADDRINUSE, STATUS_ADDRESS_ALREADY_EXISTS)]
    [InlineData(BindRule.SharingDenied, EADDRINUSE, WSAEACCES, STATUS_ACCESS_DENIED)]
    [InlineData(BindRule.NotLocal, EADDRNOTAVAIL, WSAEADDRNOTAVAIL, STATUS_INVALID_ADDRESS_COMPONENT)]
    [InlineData(BindRule.AlreadyBound, EINVAL, WSAEINVAL, STATUS_ADDRESS_ALREADY_ASSOCIATED)]
    [InlineData(BindRule.BadFamily, EAFNOSUPPORT, WSAEFAULT, STATUS_INVALID_ADDRESS)]
    [InlineData(BindRule.BadLength, EINVAL, WSAEFAULT, STATUS_INVALID_PARAMETER)]
    [InlineData(BindRule.BadPointer, EFAULT, WSAEFAULT, STATUS_INVALID_PARAMETER)]
    [InlineData(BindRule.Privileged, EACCES, WSAEACCES, STATUS_ACCESS_DENIED)]
    [InlineData(BindRule.NoScope, EINVAL, WSAEADDRNOTAVAIL, STATUS_INVALID_ADDRESS_COMPONENT)]
    [InlineData(BindRule.NoDevice, ENODEV, WSAEADDRNOTAVAIL, STATUS_INVALID_ADDRESS_COMPONENT)]
    [InlineData(BindRule.Exhausted, EADDRINUSE, WSAENOBUFS, STATUS_TOO_MANY_ADDRESSES)]
    [InlineData(BindRule.ExhaustedByConnect, EADDRNOTAVAIL, WSAENOBUFS, STATUS_TOO_MANY_ADDRESSES)]
    [InlineData(BindRule.ExhaustedByDatagram, EAGAIN, WSAENOBUFS, STATUS_TOO_MANY_ADDRESSES)]
    [InlineData(BindRule.TupleInUse, EADDRNOTAVAIL, WSAEADDRINUSE, STATUS_ADDRESS_ALREADY_EXISTS)]
    [InlineData(BindRule.TableFull, ENOBUFS, WSAENOBUFS, STATUS_INSUFFICIENT_RESOURCES)]
    [InlineData(BindRule.NoRoute, ENETUNREACH, WSAENETUNREACH, STATUS_NETWORK_UNREACHABLE)]
    [InlineData(BindRule.HostUnreachable, EHOSTUNREACH, WSAEHOSTUNREACH, STATUS_HOST_UNREACHABLE)]
    [InlineData(BindRule.NotASocket, ENOTSOCK, WSAENOTSOCK, STATUS_OBJECT_TYPE_MISMATCH)]
    [InlineData(BindRule.BadHandle, EBADF, WSAENOTSOCK, STATUS_INVALID_HANDLE)]
    [InlineData(BindRule.NotBound, EDESTADDRREQ, WSAEINVAL, STATUS_INVALID_DEVICE_STATE)]
    [InlineData(BindRule.MulticastStream, EINVAL, WSAEADDRNOTAVAIL, STATUS_INVALID_ADDRESS_COMPONENT)]
    [InlineData(BindRule.MappedOnV6Only, EINVAL, WSAEADDRNOTAVAIL, STATUS_INVALID_ADDRESS_COMPONENT)]
    [InlineData(BindRule.BroadcastDenied, EACCES, WSAEACCES, STATUS_ACCESS_DENIED)]
    [InlineData(BindRule.AlreadyConnected, EISCONN, WSAEISCONN, STATUS_CONNECTION_ACTIVE)]
    [InlineData(BindRule.NotConnected, ENOTCONN, WSAENOTCONN, STATUS_INVALID_CONNECTION)]
    [InlineData(BindRule.RouteProhibited, EACCES, WSAEACCES, STATUS_ACCESS_DENIED)]
    [InlineData(BindRule.RouteInvalid, EINVAL, WSAEINVAL, STATUS_INVALID_PARAMETER)]
    [InlineData(BindRule.FamilyMismatch, EAFNOSUPPORT, WSAEADDRNOTAVAIL, STATUS_INVALID_ADDRESS)]
    [InlineData(BindRule.NotSupported, EOPNOTSUPP, WSAEOPNOTSUPP, STATUS_NOT_SUPPORTED)]
    [InlineData(BindRule.UnknownOption, ENOPROTOOPT, WSAENOPROTOOPT, STATUS_NOT_SUPPORTED)]
    [InlineData(BindRule.InvalidOption, EINVAL, WSAEINVAL, STATUS_INVALID_PARAMETER)]
    [InlineData(BindRule.NotPermitted, EPERM, WSAEACCES, STATUS_ACCESS_DENIED)]
    [InlineData(BindRule.TooManyOpen, EMFILE, WSAEMFILE, STATUS_TOO_MANY_OPENED_FILES)]
    [InlineData(BindRule.BadProtocol, EPROTONOSUPPORT, WSAEPROTONOSUPPORT, STATUS_NOT_SUPPORTED)]
    [InlineData(BindRule.BadSocketType, ESOCKTNOSUPPORT, WSAESOCKTNOSUPPORT, STATUS_NOT_SUPPORTED)]
    [InlineData(BindRule.AlreadyJoined, EADDRINUSE, WSAEADDRNOTAVAIL, STATUS_ADDRESS_ALREADY_EXISTS)]
    [InlineData(BindRule.NotJoined, EADDRNOTAVAIL, WSAEADDRNOTAVAIL, STATUS_INVALID_ADDRESS_COMPONENT)]
    [InlineData(BindRule.TooManyGroups, ENOBUFS, WSAENOBUFS, STATUS_INSUFFICIENT_RESOURCES)]
    [InlineData(BindRule.NoOptionMemory, ENOMEM, WSAENOBUFS, STATUS_INSUFFICIENT_RESOURCES)]
    [InlineData(BindRule.NotForStreams, EPROTO, WSAENOPROTOOPT, STATUS_NOT_SUPPORTED)]
    [InlineData(BindRule.UnknownName, ENOENT, WSAEINVAL, STATUS_INVALID_PARAMETER)]
    public void A_rule_has_its_own_code_at_each_face(BindRule rule, Errno errno, WsaError wsa, NtStatus status)
    {
        Assert.Equal(errno, rule.ToErrno());
        Assert.Equal(wsa, rule.ToWsaError());
        Assert.Equal(status, rule.ToNtStatus());
    }

    [Theory]
    [InlineData(BindRule.InUse, SocketError.AddressAlreadyInUse)]
    [InlineData(BindRule.NotLocal, SocketError.AddressNotAvailable)]
    [InlineData(BindRule.Privileged, SocketError.AccessDenied)]
    [InlineData(BindRule.NotPermitted, SocketError.AccessDenied)]
    [InlineData(BindRule.AlreadyBound, SocketError.InvalidArgument)]
    [InlineData(BindRule.BadFamily, SocketError.AddressFamilyNotSupported)]
    [InlineData(BindRule.ExhaustedByDatagram, SocketError.WouldBlock)]
    [InlineData(BindRule.NoRoute, SocketError.NetworkUnreachable)]
    [InlineData(BindRule.UnknownOption, SocketError.ProtocolOption)]
    [InlineData(BindRule.TooManyOpen, SocketError.TooManyOpenSockets)]
    [InlineData(BindRule.NoDevice, SocketError.AddressNotAvailable)]
    public void NET_shows_the_code_that_its_own_sockets_show(BindRule rule, SocketError expected) =>
        Assert.Equal(expected, rule.ToSocketError());

    [Fact]
    public void Every_mapping_is_total_and_only_Granted_is_a_success()
    {
        foreach (BindRule rule in Rules)
        {
            bool granted = rule == BindRule.Granted;
            Assert.Equal(granted, rule.ToErrno() == Errno.Success);
            Assert.Equal(granted, rule.ToWsaError() == WsaError.Success);
            Assert.Equal(granted, rule.ToNtStatus() == STATUS_SUCCESS);
            Assert.Equal(granted, rule.ToSocketError() == SocketError.Success);
            Assert.NotEqual(SocketError.SocketError, rule.ToSocketError());
            Assert.True(Enum.IsDefined(rule.ToErrno()) && Enum.IsDefined(rule.ToWsaError()));
            Assert.True(Enum.IsDefined(rule.ToNtStatus()) && Enum.IsDefined(rule.ToSocketError()));
        }
    }

    [Fact]
    public void A_value_that_is_no_rule_has_no_code()
    {
        var beyond = (BindRule)(Rules.Length + 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => beyond.ToErrno());
        Assert.Throws<ArgumentOutOfRangeException>(() => beyond.ToWsaError());
        Assert.Throws<ArgumentOutOfRangeException>(() => beyond.ToNtStatus());
        Assert.Throws<ArgumentOutOfRangeException>(() => beyond.ToSocketError());
    }

    // SocketError's values are Winsock's: a thing that was not written here.
    [Fact]
    public void Winsock_values_are_the_ones_that_NET_knows()
    {
        var known = Enum.GetValues<SocketError>().Select(code => (int)code).ToHashSet();
        int[] unknown = [.. Enum.GetValues<WsaError>().Select(code => (int)code).Where(code => !known.Contains(code))];
        Assert.Equal([6, 87, 996, 10009, 10059, 10062, 10063], unknown);
    }
}
