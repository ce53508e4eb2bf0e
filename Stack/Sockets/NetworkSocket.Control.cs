using System.Buffers.Binary;
using System.Net.Sockets;
using UserNet.Binding;
using UserNet.Errors;

namespace UserNet.Sockets;

// IOControl, and what .NET's sockets have on Windows alone.
public sealed partial class NetworkSocket
{
    /// <summary>Asks or tells the system by a number: FIONREAD (<see cref="Available"/>) and SIOCATMARK (<see cref="IsAtMark"/>).</summary>
    /// <param name="ioControlCode">Winsock's number.</param>
    /// <param name="optionInValue">Not used by these.</param>
    /// <param name="optionOutValue">Where the answer goes, 4 octets.</param>
    /// <returns>How many octets were written.</returns>
    /// <exception cref="InvalidOperationException">FIONBIO: set <see cref="Blocking"/>.</exception>
    /// <exception cref="PlatformNotSupportedException">Another number.</exception>
    /// <exception cref="NetworkException">InvalidArgument (FIONREAD of a listener), Fault (no room for the answer).</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    /// <remarks>Any thread.</remarks>
    public int IOControl(int ioControlCode, byte[]? optionInValue, byte[]? optionOutValue)
    {
        ThrowIfClosed();
        int answer = (IOControlCode)(uint)ioControlCode switch
        {
            IOControlCode.NonBlockingIO => throw new InvalidOperationException("Set Blocking instead."),
            IOControlCode.DataToRead => Available,
            IOControlCode.OobDataRead when !_binding.IsStream => throw Remember(Failure(TransferResult.Failed(Errno.ENOTTY), "control")),
            IOControlCode.OobDataRead => IsAtMark ? 1 : 0,
            _ => throw new PlatformNotSupportedException($"There is no control 0x{ioControlCode:x8} here."),
        };
        if (optionOutValue is not { Length: >= sizeof(int) }) throw Remember(Failure(TransferResult.Failed(Errno.EFAULT), "control"));
        BinaryPrimitives.WriteInt32LittleEndian(optionOutValue, answer);
        return sizeof(int);
    }

    /// <inheritdoc cref="IOControl(int, byte[], byte[])"/>
    public int IOControl(IOControlCode ioControlCode, byte[]? optionInValue, byte[]? optionOutValue) =>
        IOControl(unchecked((int)ioControlCode), optionInValue, optionOutValue);

    /// <summary>Windows' protection by source, which no personality has.</summary>
    /// <exception cref="ArgumentException">Unspecified.</exception>
    /// <exception cref="PlatformNotSupportedException">Otherwise.</exception>
#pragma warning disable CA1822 // it is an instance method in .NET
    public void SetIPProtectionLevel(IPProtectionLevel level) => throw (level == IPProtectionLevel.Unspecified
        ? new ArgumentException("A level has to be named.", nameof(level))
        : new PlatformNotSupportedException("There are no protection levels here."));
#pragma warning restore CA1822

    /// <summary>The value of an option as octets.</summary>
    /// <param name="optionLevel">The level.</param>
    /// <param name="optionName">The option: one that is a number.</param>
    /// <param name="optionLength">How many octets are wanted; there are 4 at most.</param>
    /// <exception cref="NetworkException">As <see cref="GetSocketOption(SocketOptionLevel, SocketOptionName)"/>.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public byte[] GetSocketOption(SocketOptionLevel optionLevel, SocketOptionName optionName, int optionLength)
    {
        byte[] value = new byte[Math.Min(optionLength, sizeof(int))];
        GetSocketOption(optionLevel, optionName, value);
        return value;
    }

    /// <summary>Writes the value of an option as octets.</summary>
    /// <param name="optionLevel">The level.</param>
    /// <param name="optionName">The option: one that is a number.</param>
    /// <param name="optionValue">Where it goes, 4 octets at most.</param>
    /// <exception cref="NetworkException">As <see cref="GetSocketOption(SocketOptionLevel, SocketOptionName)"/>; Fault (no room).</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public void GetSocketOption(SocketOptionLevel optionLevel, SocketOptionName optionName, byte[] optionValue)
    {
        Span<byte> octets = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(octets, GetSocketOption(optionLevel, optionName));
        if (optionValue is not { Length: > 0 }) throw Failure(TransferResult.Failed(Errno.EFAULT), "get an option");
        octets[..Math.Min(optionValue.Length, sizeof(int))].CopyTo(optionValue);
    }
}
