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
        ulong written = 0;
        NtStatus status = RunWithOrWithout(irp, request =>
        {
            NtStatus done = ControlNow(type, code, level, input.Span, output.Span, out written);
            if (request is not null) request.Information = new IrpInformation(written);
            return done;
        });
        returned = status == NtStatus.STATUS_PENDING ? 0 : written;
        return status;
    }

    /// <summary>WskControlSocket with SO_WSK_SECURITY.</summary>
    internal NtStatus SetSecurity(SecurityDescriptor? security, Irp irp) => Run(irp, _ =>
    {
        if (Category == WskCategory.Basic) return NtStatus.STATUS_NOT_SUPPORTED;
        if (_socket.IsBoundNow) return NtStatus.STATUS_INVALID_DEVICE_STATE;
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

    internal BindRule ApplySecurity(SecurityDescriptor? security) => _socket.SetAs((engine, binding) =>
    {
        engine.SetSecurity(binding, security);
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
}
