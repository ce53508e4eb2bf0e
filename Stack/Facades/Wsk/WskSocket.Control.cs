using System.Buffers.Binary;
using System.Net.Sockets;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;

namespace UserNet.Facades.Wsk;

// Options.
public sealed partial class WskSocket
{
    /// <summary>WskControlSocket with octets; the IRP may be null.</summary>
    internal NtStatus Control(
        WskControlSocketType type, uint code, uint level, ReadOnlyMemory<byte> input, Memory<byte> output, out ulong returned, Irp? irp)
    {
        returned = 0;
        if (irp is null)
        {
            NtStatus standing = Standing(isPending: false);
            return standing == NtStatus.STATUS_SUCCESS ? ControlNow(type, code, level, input.Span, output.Span, out returned) : standing;
        }

        NtStatus status = RunAtOnce(irp, (type, code, level, input, output), static (socket, given) =>
        {
            NtStatus done = socket.ControlNow(given.type, given.code, given.level, given.input.Span, given.output.Span, out ulong written);
            return (done, written);
        });
        if (status == NtStatus.STATUS_SUCCESS && type == WskControlSocketType.WskGetOption) returned = sizeof(int);
        return status;
    }

    /// <summary>WskControlSocket with SO_WSK_SECURITY.</summary>
    internal NtStatus SetSecurity(SecurityDescriptor? security, Irp irp) => Run(irp, _ =>
    {
        if (Category == WskCategory.Basic) return NtStatus.STATUS_NOT_SUPPORTED;
        if (_socket.IsNamedNow) return NtStatus.STATUS_INVALID_DEVICE_STATE;
        return StatusOf(ApplySecurity(security));
    });

    /// <summary>WskControlSocket with SO_WSK_SECURITY, to read it.</summary>
    internal NtStatus GetSecurity(out SecurityDescriptor? security, Irp irp)
    {
        SecurityDescriptor? found;
        using (Core.Enter()) found = _socket.Binding.Security;
        security = found;
        return Run(irp, _ => Category == WskCategory.Basic ? NtStatus.STATUS_NOT_SUPPORTED : NtStatus.STATUS_SUCCESS);
    }

    internal BindRule ApplySecurity(SecurityDescriptor? security) => _socket.SetAs((_, binding) =>
    {
        BindEngine.SetSecurity(binding, security);
        return BindRule.Granted;
    });

    private NtStatus RunWithOrWithout(Irp? irp, Func<WskRequest?, NtStatus> work)
    {
        if (irp is not null) return Run(irp, work);
        NtStatus standing = Standing(isPending: false);
        return standing == NtStatus.STATUS_SUCCESS ? work(null) : standing;
    }

    private NtStatus ControlNow(
        WskControlSocketType type, uint code, uint level, ReadOnlySpan<byte> input, Span<byte> output, out ulong written)
    {
        written = 0;
        (SocketOptionLevel Level, SocketOptionName Name) option = ((SocketOptionLevel)(int)level, (SocketOptionName)(int)code);
        bool isOther = level == WskConstants.SOL_SOCKET && code is WskConstants.SO_WSK_SECURITY or WskConstants.SO_WSK_EVENT_CALLBACK;
        if (isOther) return NtStatus.STATUS_INVALID_PARAMETER;      // they take no octets
        try
        {
            switch (type)
            {
                case WskControlSocketType.WskSetOption when input.Length >= sizeof(int) && SetsPortChoice(level, code):
                    return StatusOf(SetPortChoice(code, BinaryPrimitives.ReadInt32LittleEndian(input) != 0));
                case WskControlSocketType.WskGetOption when output.Length >= sizeof(int) && SetsPortChoice(level, code):
                    BinaryPrimitives.WriteInt32LittleEndian(output, GetPortChoice(code) ? 1 : 0);
                    written = sizeof(int);
                    return NtStatus.STATUS_SUCCESS;
                case WskControlSocketType.WskSetOption when input.Length >= sizeof(int):
                    return StatusOf(_socket.TrySetSocketOption(option.Level, option.Name, BinaryPrimitives.ReadInt32LittleEndian(input)));
                case WskControlSocketType.WskGetOption when output.Length >= sizeof(int):
                    BinaryPrimitives.WriteInt32LittleEndian(output, _socket.GetSocketOption(option.Level, option.Name));
                    written = sizeof(int);
                    return NtStatus.STATUS_SUCCESS;
                case WskControlSocketType.WskGetOption:
                    return NtStatus.STATUS_BUFFER_TOO_SMALL;
                case WskControlSocketType.WskIoctl:
                    return NtStatus.STATUS_NOT_SUPPORTED;
                default:
                    return NtStatus.STATUS_INVALID_PARAMETER;
            }
        }
        catch (NetworkException refused)
        {
            return refused.Rule.ToNtStatus();
        }
        catch (ObjectDisposedException)
        {
            return NtStatus.STATUS_FILE_FORCED_CLOSED;
        }
    }

    /// <summary>The options of Windows that say how a port is chosen, before the socket is bound.</summary>
    private bool SetsPortChoice(uint level, uint code) =>
        level == WskConstants.SOL_SOCKET && code is >= WskConstants.SO_RANDOMIZE_PORT and <= WskConstants.SO_REUSE_UNICASTPORT
        && Core.Engine.Table.Personality.HasExclusive;

    private BindRule SetPortChoice(uint code, bool isOn) => code switch
    {
        WskConstants.SO_REUSE_UNICASTPORT => _socket.SetReuseUnicastPortAs(isOn),
        WskConstants.SO_PORT_SCALABILITY => _socket.SetPortScalabilityAs(isOn),
        _ => _socket.SetRandomizePortAs(isOn),
    };

    private bool GetPortChoice(uint code) => code switch
    {
        WskConstants.SO_REUSE_UNICASTPORT => _socket.ReusesUnicastPort,
        WskConstants.SO_PORT_SCALABILITY => _socket.WantsPortScalability,
        _ => _socket.Binding.RandomizesPort,
    };
}
