using System.Net.Sockets;
using System.Reflection;
using UserNet.Sockets;
using Xunit;

namespace UserNet.Tests.Sockets;

/// <summary>Each public member of System.Net.Sockets.Socket is one of NetworkSocket too, with the same parameters, or left out for a reason.</summary>
public sealed class DotNetShapeTests
{
    private const string ByBeginEnd = "the asynchronous pattern of .NET 1: the ValueTask forms do the same",
        BySegment = "the form of Memory takes a segment as it is", OfSeveral = "a list is sent and received by the form that waits",
        NoFiles = "the stack reads no files", NoHandle = "a socket has no handle of the system", OfHost = "what the host of the process has is not the stack's";

    /// <summary>Members that are not there, by what their signature begins with or contains, and why.</summary>
    private static readonly Dictionary<string, string> LeftOut = new()
    {
        ["SocketAsyncEventArgs e)"] = "callbacks by SocketAsyncEventArgs: the ValueTask forms do the same",
        ["BeginAccept("] = ByBeginEnd, ["EndAccept("] = ByBeginEnd, ["BeginConnect("] = ByBeginEnd, ["EndConnect("] = ByBeginEnd,
        ["BeginDisconnect("] = ByBeginEnd, ["EndDisconnect("] = ByBeginEnd, ["BeginSend("] = ByBeginEnd, ["EndSend("] = ByBeginEnd,
        ["BeginSendTo("] = ByBeginEnd, ["EndSendTo("] = ByBeginEnd, ["BeginReceive("] = ByBeginEnd, ["EndReceive("] = ByBeginEnd,
        ["BeginReceiveFrom("] = ByBeginEnd, ["EndReceiveFrom("] = ByBeginEnd,
        ["BeginReceiveMessageFrom("] = ByBeginEnd, ["EndReceiveMessageFrom("] = ByBeginEnd,
        ["BeginSendFile("] = NoFiles, ["EndSendFile("] = NoFiles, ["SendFile("] = NoFiles, ["SendFileAsync("] = NoFiles,
        ["ReceiveAsync(ArraySegment<Byte>"] = BySegment, ["ReceiveFromAsync(ArraySegment<Byte>"] = BySegment,
        ["ReceiveMessageFromAsync(ArraySegment<Byte>"] = BySegment, ["SendAsync(ArraySegment<Byte>"] = BySegment, ["SendToAsync(ArraySegment<Byte>"] = BySegment,
        ["ReceiveAsync(IList<"] = OfSeveral, ["SendAsync(IList<"] = OfSeveral,
        ["Send(IList<ArraySegment<Byte>> buffers, SocketFlags socketFlags, ref SocketError errorCode)"] = "of a list the code is told by the exception",
        ["Receive(IList<ArraySegment<Byte>> buffers, SocketFlags socketFlags, ref SocketError errorCode)"] = "of a list the code is told by the exception",
        ["AcceptAsync(Socket acceptSocket"] = "a connection comes with a socket of its own",
        ["ConnectAsync(IPAddress"] = "an IPEndPoint says the same", ["ConnectAsync(String host"] = "there is nobody to ask for names",
        ["DisconnectAsync(Boolean reuseSocket"] = "Disconnect does not wait",
        ["DuplicateAndClose("] = NoHandle, ["Handle"] = NoHandle, ["SafeHandle"] = NoHandle, ["UseOnlyOverlappedIO"] = NoHandle,
        ["SupportsIPv4"] = OfHost, ["SupportsIPv6"] = OfHost, ["OSSupportsIPv4"] = OfHost, ["OSSupportsIPv6"] = OfHost, ["OSSupportsUnixDomainSockets"] = OfHost,
    };

    [Fact]
    public void Every_member_is_there_or_left_out_for_a_reason()
    {
        string[] unknown = [.. Missing().Where(static member => !LeftOut.Keys.Any(row => Covers(row, member)))];
        Assert.True(unknown.Length == 0, string.Join("\n", unknown));
    }

    [Fact]
    public void Nothing_is_left_out_that_is_there()
    {
        string[] missing = [.. Missing()];
        Assert.DoesNotContain(LeftOut.Keys, row => !missing.Any(member => Covers(row, member)));
        Assert.DoesNotContain(LeftOut.Values, string.IsNullOrWhiteSpace);
    }

    private static bool Covers(string row, string member) => row.Contains('(', StringComparison.Ordinal)
        ? member.StartsWith(row, StringComparison.Ordinal)
        : row == member || (row.EndsWith(')') && member.EndsWith(row, StringComparison.Ordinal));

    private static IEnumerable<string> Missing()
    {
        HashSet<string> ours = [.. MembersOf(typeof(NetworkSocket)).SelectMany(Shapes)];
        return MembersOf(typeof(Socket)).Select(static member => Shapes(member).Last()).Where(shape => !ours.Contains(shape)).Distinct();
    }

    private static IEnumerable<MemberInfo> MembersOf(Type type)
    {
        const BindingFlags Public = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        return type.GetMembers(Public).Where(static member => member is PropertyInfo or MethodInfo { IsSpecialName: false });
    }

    // Optional parameters stand for the overloads without them.
    private static IEnumerable<string> Shapes(MemberInfo member)
    {
        if (member is not MethodInfo method) return [member.Name];
        ParameterInfo[] parameters = method.GetParameters();
        int needed = parameters.Count(static parameter => !parameter.IsOptional);
        return Enumerable.Range(needed, parameters.Length - needed + 1).Select(count =>
            $"{method.Name}({string.Join(", ", parameters.Take(count).Select(static parameter => $"{TypeName(parameter.ParameterType)} {parameter.Name}"))})");
    }

    private static string TypeName(Type type)
    {
        if (type.IsByRef) return "ref " + TypeName(type.GetElementType()!);
        string name = type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(TypeName))}>" : type.Name;
        return name.Replace(nameof(NetworkSocket), nameof(Socket), StringComparison.Ordinal);
    }
}
