using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;

namespace UserNet.Tests.Architecture;

/// <summary>The instructions of a method body, one after the other.</summary>
internal ref struct IlReader(ReadOnlySpan<byte> code)
{
    private static readonly Dictionary<ushort, OpCode> OpCodesByValue = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(opCode => (ushort)opCode.Value);

    private ReadOnlySpan<byte> _rest = code;

    /// <summary>The instruction read last.</summary>
    public OpCode OpCode { get; private set; }

    /// <summary>The metadata token of the instruction read last, or 0 when it has none.</summary>
    public int Token { get; private set; }

    public bool Read()
    {
        if (_rest.IsEmpty) return false;
        int length = _rest[0] == 0xFE ? 2 : 1;
        OpCode = OpCodesByValue[length == 2 ? BinaryPrimitives.ReadUInt16BigEndian(_rest) : _rest[0]];
        _rest = _rest[length..];
        bool hasToken = OpCode.OperandType is OperandType.InlineField or OperandType.InlineMethod
            or OperandType.InlineType or OperandType.InlineTok or OperandType.InlineSig;
        Token = hasToken ? BinaryPrimitives.ReadInt32LittleEndian(_rest) : 0;
        _rest = _rest[OperandLength()..];
        return true;
    }

    private readonly int OperandLength() => OpCode.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BinaryPrimitives.ReadInt32LittleEndian(_rest)),
        _ => 4,
    };
}
