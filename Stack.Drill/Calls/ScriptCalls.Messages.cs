using System.Buffers.Binary;
using System.Globalization;
using UserNet.Drill.Language;
using UserNet.Drill.Machine;
using UserNet.Facades.Posix;

namespace UserNet.Drill.Calls;

// sendmsg and recvmsg, with control messages both ways.
internal sealed partial class ScriptCalls
{
    private const int RoomForControl = 4096;

    private CallVerdict SendMessage(in CallArguments arguments)
    {
        arguments.Require(3);
        int live = Descriptor(arguments, 0), flags = arguments.Int(2);
        MessageSaid said = ReadMessage(arguments, arguments[1], _context.ConnectAddress);
        if (said.Control is { } control) said.Message.Control = ControlText.Write(arguments, control);
        BeginBySending(arguments.Int(0), live, flags, said.Message.Name is not null);
        return Checked(arguments, live, System.SendMessage(live, said.Message, flags));
    }

    private CallVerdict ReceiveMessage(in CallArguments arguments)
    {
        arguments.Require(3);
        int live = Descriptor(arguments, 0);
        MessageSaid said = ReadMessage(arguments, arguments[1], new byte[SocketAddress.StorageLength]);
        ControlText? wanted = said.Control is { } control ? new ControlText(arguments, control, _context) : null;
        said.Message.Control = wanted is null ? null : new byte[RoomForControl];
        int answer = System.ReceiveMessage(live, said.Message, arguments.Int(2));
        if (answer >= 0) arguments.Observed?.Invoke("flags", Names("MSG_", (uint)said.Message.Flags));
        if (answer >= 0 && wanted is not null) arguments.Observed?.Invoke("control", ControlText.Read(said.Message.Control));
        CallVerdict verdict = Checked(arguments, live, answer);
        if (verdict.Field is not null || answer < 0) return verdict;
        if (said.Flags is { } flags && flags != said.Message.Flags)
            return new CallVerdict("msg_flags", Names("MSG_", (uint)flags), Names("MSG_", (uint)said.Message.Flags));
        return wanted?.Compare(said.Message.Control) ?? default;
    }

    private static MessageSaid ReadMessage(in CallArguments arguments, Expression expression, byte[] usualName)
    {
        var fields = new StructReader(arguments, expression);
        var message = new MessageParts();
        if (fields.Take("msg_name") is { } name) message.Name = AddressOf(arguments, name.Value, usualName);
        if (fields.Take("msg_iov") is { } parts)
        {
            Expression? count = parts.Argument is EllipsisExpression ? null : parts.Argument;
            message.Parts = CallArguments.IsNull(parts.Value) ? [] : Parts(arguments, parts.Value, count);
        }

        long? flags = fields.TakeNumber("msg_flags");
        FieldExpression? control = fields.Take("msg_control");
        fields.End();
        Expression? list = control is null || CallArguments.IsNull(control.Value) ? null : control.Value;
        return new MessageSaid(message, flags is { } said ? unchecked((int)said) : null, list);
    }

    /// <summary>struct msghdr as a script has it.</summary>
    /// <param name="Message">What the system is told.</param>
    /// <param name="Flags">msg_flags to come.</param>
    /// <param name="Control">msg_control.</param>
    private readonly record struct MessageSaid(MessageParts Message, int? Flags, Expression? Control);
}
